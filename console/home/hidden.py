"""Notices that a user has hidden: until what they say changes, or the user signs out."""

from collections.abc import Iterable, MutableMapping
from hashlib import sha256

from django.http import HttpRequest

from console.home.attention import Notice

HIDDEN = "hidden_notices"
# The session must not grow for ever.
MOST = 100


def mark_of(notice: Notice) -> str:
    """The same for as long as the notice says the same."""
    return sha256((notice.fact or notice.sentence).encode()).hexdigest()[:20]


def take(request: HttpRequest) -> bool:
    """Hides a notice, or shows all again, as a button of the page asked; whether one did."""
    if mark := request.POST.get("hide"):
        kept = [known for known in _hidden(request.session) if known != mark]
        request.session[HIDDEN] = [*kept, mark[:20]][-MOST:]
    elif "show" in request.POST:
        request.session.pop(HIDDEN, None)
    else:
        return False
    return True


def without_hidden(request: HttpRequest, notices: Iterable[Notice]) -> dict[str, object]:
    """The notices to show, each with its mark, and how many are hidden; {} without any.

    What is no longer so is forgotten: it is shown when it comes again.
    """
    marked = [(mark_of(notice), notice) for notice in notices]
    known, current = _hidden(request.session), {mark for mark, _ in marked}
    hidden = [mark for mark in known if mark in current]
    if hidden != known:
        request.session[HIDDEN] = hidden
    shown = [pair for pair in marked if pair[0] not in hidden]
    return {"shown": shown, "hidden": len(marked) - len(shown)} if marked else {}


def _hidden(session: MutableMapping[str, object]) -> list[str]:
    found = session.get(HIDDEN)
    return list(found) if isinstance(found, list) else []
