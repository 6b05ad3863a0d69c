"""Token endpoints: sign in, renew, check and sign out."""

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from typing import Any, cast

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt import serializers as tokens
from rest_framework_simplejwt import views
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import UntypedToken

from api.base.bearer import BearerAuthentication, require_user
from api.base.calls import StrictCall
from api.base.errors import LockedOut, SignInFailed
from api.base.fields import TextField
from api.base.views import require_object
from foundation.errors import WHOLE

TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyX2lkIjoxfQ.signature"  # noqa: S105


PAIR = OpenApiExample(
    "A pair of tokens",
    value={"access": TOKEN, "refresh": TOKEN, "expires_in": 1800},
    response_only=True,
)
NOTHING = {200: OpenApiResponse(OpenApiTypes.OBJECT, "Done; an empty object.")}

log = structlog.get_logger(__name__)


class TokensSerializer(serializers.Serializer):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer <access>`.")
    refresh = serializers.CharField(help_text="Can be exchanged once for a new pair of tokens.")
    expires_in = serializers.IntegerField(
        min_value=1, help_text="The lifetime of the access token in seconds."
    )


class _Body(serializers.Serializer):
    """A mixin for the token library's serializers: a body must be an object."""

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        require_object(self.initial_data)
        return super().is_valid(raise_exception=raise_exception)


class CredentialsSerializer(_Body, tokens.TokenObtainPairSerializer):
    """A user's name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = TextField(write_only=True)
        self.fields["password"] = TextField(write_only=True, trim_whitespace=False)


class RefreshSerializer(_Body, tokens.TokenRefreshSerializer):
    """An unused refresh token."""

    refresh = TextField()

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        refresh = self.token_class(attrs["refresh"])  # type: ignore[arg-type]  # it takes the text
        require_user(refresh)
        return super().validate(attrs)


class VerifySerializer(_Body, tokens.TokenVerifySerializer):
    """An access or refresh token."""

    token = TextField(write_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        answer = super().validate(attrs)
        require_user(UntypedToken(attrs["token"]))
        return answer


class LogoutSerializer(_Body, tokens.TokenBlacklistSerializer):
    """The refresh token to invalidate."""

    refresh = TextField(write_only=True)


class Token(StrictCall, views.TokenObtainPairView):
    serializer_class = CredentialsSerializer

    @extend_schema(
        summary="Sign in",
        responses=TokensSerializer,
        examples=[
            PAIR,
            OpenApiExample(
                "Sign in", value={"username": "shop", "password": "s3cret"}, request_only=True
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Exchanges a user name and a password for an access token and a refresh token.

        Too many failures lock the name out for a while (429).
        """
        serializer = cast(CredentialsSerializer, self.get_serializer(data=request.data))
        try:
            serializer.is_valid(raise_exception=True)
        except AuthenticationFailed as refused:
            locked_out = getattr(request, "axes_locked_out", False)
            log.info("sign_in_failed", door="api", locked_out=locked_out)
            if locked_out:
                raise LockedOut(settings.AXES_COOLOFF_TIME.total_seconds()) from None
            raise SignInFailed(refused.detail) from None
        # A valid serializer has found the user.
        _record_sign_in(request, cast(User, serializer.user))
        return Response(_with_expiry(serializer.validated_data))


class Refresh(StrictCall, views.TokenRefreshView):
    serializer_class = RefreshSerializer

    @extend_schema(
        summary="Renew tokens",
        responses=TokensSerializer,
        examples=[PAIR, OpenApiExample("Renew", value={"refresh": TOKEN}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Exchanges a refresh token for a new pair, once; the old refresh token becomes invalid."""
        return Response(_with_expiry(super().post(request).data))


class Verify(StrictCall, views.TokenVerifyView):
    serializer_class = VerifySerializer

    @extend_schema(
        summary="Check a token",
        responses=NOTHING,
        examples=[OpenApiExample("Check", value={"token": TOKEN}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Answers an empty object if the token is valid, 401 if not."""
        try:
            return super().post(request)
        except ValidationError as error:
            if error.get_codes() == {WHOLE: ["invalid"]} and isinstance(request.data, dict):
                raise InvalidToken from None
            raise


class Logout(StrictCall, views.TokenBlacklistView):
    serializer_class = LogoutSerializer
    # The library's are the empty tuple, and typed so.
    authentication_classes = (BearerAuthentication,)  # type: ignore[assignment]
    permission_classes = (IsAuthenticated,)  # type: ignore[assignment]

    @extend_schema(
        summary="Sign out",
        responses=NOTHING,
        examples=[OpenApiExample("Sign out", value={"refresh": TOKEN}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Invalidates the refresh token; the access token stays valid until it expires."""
        return super().post(request)


def _with_expiry(tokens: Mapping[str, str]) -> dict[str, object]:
    lifetime = cast(timedelta, settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"])
    return {**tokens, "expires_in": int(lifetime.total_seconds())}


def _record_sign_in(request: Request, user: User) -> None:
    """Record the sign-in as the admin does: last_login, the access log, failures reset.

    Without a session, which django-axes would start and the response would set.
    """
    sessionless = copy(request._request)
    vars(sessionless).pop("session", None)
    user_logged_in.send(sender=type(user), request=sessionless, user=user)
    log.info("signed_in", door="api", user=user.id)
