"""The form that signs people in to the console, and says what an account lacks."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

# Without names: they would tell whoever has a shop's password whom to try next.
ASK = "Ask your administrator."
NO_ROLE = f"Your account has no role yet, so there is nothing that it may open. {ASK}"
NO_PAGES = f"Your account is one for programs, which call the API: it has no pages here. {ASK}"


class SignInForm(AdminAuthenticationForm):
    """Says what is missing only to who knows the password.

    Django asks whether an account may sign in once its password was found to be right: who gives a
    wrong one gets the same answer for every name.
    """

    def confirm_login_allowed(self, user: User) -> None:
        if user.is_active:
            refuse_without_role(user)
        super().confirm_login_allowed(user)


def refuse_without_role(user: User) -> None:
    """Raises ValidationError."""
    if user.is_superuser and user.is_staff:
        return
    may_do_something = bool(user.get_all_permissions())
    if user.is_staff and may_do_something:
        return
    raise ValidationError(NO_PAGES if may_do_something else NO_ROLE, code="no_role")
