"""Pages and tokens: what needs no data."""

from walk.calls import has, holds, names


def walk_pages(walk):
    html = {"Accept": "text/html"}
    walk.call("GET", "/", 200, check=has(status="healthy", service="PixelTrack"))
    walk.call("GET", "/", 302, headers=html, note="a browser")
    walk.call("GET", "/health", 200, check=has(status="healthy", database="connected"))
    walk.call("GET", "/openapi.json", 200, check=holds('"/api/v1/contacts/bulk/"'))
    for path in ("/docs", "/redoc", "/admin/login/"):
        walk.call("GET", path, 200, headers=html, check=holds("<html"))
    walk.call("GET", "/admin/", 302, headers=html, note="not signed in")
    walk.call("POST", "/admin/login/", 403, body=b"", note="without the form's token")
    walk.call("GET", "/nowhere", 404)
    walk.call("GET", "/api/v1/nowhere/", 404)


def walk_auth(walk, user, password):
    auth = "/api/v1/auth"
    wrong = {"username": user, "password": password + "x"}
    walk.call("POST", f"{auth}/token/", 401, body=wrong, note="a wrong password")
    walk.call("POST", f"{auth}/token/", 400, body={}, check=names("username", "password"))
    signed_in = walk.call(
        "POST", f"{auth}/token/", 200, body={"username": user, "password": password}
    )
    refresh = {"refresh": signed_in.take("refresh")}
    renewed = walk.call("POST", f"{auth}/refresh/", 200, body=refresh)
    walk.call("POST", f"{auth}/refresh/", 401, body=refresh, note="used up")
    walk.token = renewed.take("access")
    walk.call("POST", f"{auth}/verify/", 200, body={"token": walk.token})
    walk.call("POST", f"{auth}/verify", 200, body={"token": walk.token}, note="no slash")
    walk.call("POST", f"{auth}/verify/", 401, body={"token": "x"})
    refresh = {"refresh": renewed.take("refresh")}
    walk.call("POST", f"{auth}/logout/", 200, body=refresh)
    walk.call("POST", f"{auth}/refresh/", 401, body=refresh, note="signed out")
    for path in (
        "email-campaigns",
        "groups",
        "contacts",
        "pixels",
        "opens",
        "customers",
        "campaigns",
    ):
        walk.call("GET", f"/api/v1/{path}/", 401, token="", headers={}, note="no token")
    walk.call("GET", "/api/v1/contacts/", 401, token="nonsense", note="a bad token")
