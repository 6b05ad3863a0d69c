"""Who calls: reads the header Authorization, and asks whether a token's user may still use it."""

from typing import cast

from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.tokens import Token

SCHEME = b"Bearer"


class BearerAuthentication(JWTAuthentication):
    """The token library's; the name of the scheme may be in any case (RFC 9110, 11.1)."""

    def get_header(  # type: ignore[override]  # the library's gives None where there is none, too
        self, request: Request
    ) -> bytes | None:
        header = super().get_header(request)
        if header and header[: len(SCHEME)].lower() == SCHEME.lower():
            return SCHEME + header[len(SCHEME) :]
        return header


def caller(request: Request) -> User:
    """Who calls; must be asked only where the permissions let in those alone who signed in."""
    return cast(User, request.user)


def require_user(token: Token) -> None:
    """Raises where the token's user is gone, switched off or has another password by now."""
    try:
        BearerAuthentication().get_user(token)
    except AuthenticationFailed as error:
        if isinstance(error.detail, dict) and error.detail["code"] == "user_not_found":
            raise InvalidToken from None
        raise
