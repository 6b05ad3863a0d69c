"""Reads the answer of a call that the API refused."""


def errors_of(response, status=400):
    """The names of the fields that an answer complains of."""
    assert response.status_code == status, response.content
    body = response.json()
    assert body["detail"] and body["code"]
    return sorted(body.get("errors", {}))


def refusal_of(response, status=400):
    """The sentence and the code of a refusal."""
    assert response.status_code == status, response.content
    return response.json()["detail"], response.json()["code"]
