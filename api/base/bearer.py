"""Authenticates calls by bearer token, and checks that the token's user may still use it."""

from typing import cast

from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.tokens import Token

SCHEME = b"Bearer"


class BearerAuthentication(JWTAuthentication):
    """The token library's, with a case-insensitive scheme name (RFC 9110, 11.1)."""

    def get_header(  # type: ignore[override]  # the library's gives None where there is none, too
        self, request: Request
    ) -> bytes | None:
        header = super().get_header(request)
        if header and header[: len(SCHEME)].lower() == SCHEME.lower():
            return SCHEME + header[len(SCHEME) :]
        return header


def caller(request: Request) -> User:
    """The calling user; only for views whose permissions require authentication."""
    return cast(User, request.user)


def require_user(token: Token) -> None:
    """Raises if the token's user is gone, inactive or has changed the password since."""
    try:
        BearerAuthentication().get_user(token)
    except AuthenticationFailed as error:
        if isinstance(error.detail, dict) and error.detail["code"] == "user_not_found":
            raise InvalidToken from None
        raise
