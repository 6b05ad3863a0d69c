"""The form that signs people in to the console, and says what an account lacks."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

NO_ROLE = "Your account has no role yet, so there is nothing that it may open. {}"
NO_PAGES = "Your account is one for programs, which call the API: it has no pages here. {}"
ASK = "Ask an administrator{}."
MOST_NAMED = 3


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
    sentence = NO_PAGES if may_do_something else NO_ROLE
    raise ValidationError(sentence.format(_whom_to_ask()), code="no_role")


def _whom_to_ask() -> str:
    administrators = User.objects.filter(is_superuser=True, is_active=True).order_by("username")
    names = [user.get_full_name() or user.get_username() for user in administrators[:MOST_NAMED]]
    return ASK.format(f": {', '.join(names)}" if names else "")
