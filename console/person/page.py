"""The page on which a person agrees to being measured, refuses or withdraws.

It needs no sign-in, cookie or script. Looking at it changes nothing. A POST without the name of the
agreeing button withdraws: a program that posts at random agrees to nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import structlog
from csp.decorators import csp_replace
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from campaigns.models import Contact
from consent.page import visit
from consent.page.languages import LANGUAGES, language_of
from consent.page.notice import Facts, Notice
from consent.page.sentences import Sentences
from consent.texts import digest_of
from console.person.shown import Message, form_context, plain_context
from foundation.errors import Busy
from tracking.hits.classify import Kind, classify

FOLDER = "console/person"
POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
# Decisions by one token; an address is never limited, since many people may share it.
RATE, MINUTE = "10/m", 60
RETRY_AFTER = 5

log = structlog.get_logger(__name__)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def person_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Shows the notice and what was decided; a POST agrees or withdraws."""
    facts = visit.read_facts()
    if facts is None:
        raise Http404
    response = csp_replace(POLICY)(lambda asked: _answer(asked, token, facts))(request)
    for name, value in HEADERS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, token: str, facts: Facts) -> HttpResponse:
    words = _language(request, None)
    is_post = request.method == "POST"
    if is_post and _is_too_often(request, token):
        return _plain(Message(429, words.too_many, words.unavailable_title), words, facts, MINUTE)
    try:
        contact = visit.find_contact(token)
        if contact is None:
            return _plain(Message(404, words.unknown, words.unknown_title), words, facts)
        words = _language(request, contact)
        notice = Notice(words, facts)
        message = _decide(request.POST, request, contact, notice) if is_post else None
        return _form(contact, notice, message, timezone.now())
    except (Error, Busy):
        log.exception("person_page_unavailable")
        sentence = words.not_saved if is_post else words.not_shown
        return _plain(Message(503, sentence, words.unavailable_title), words, facts, RETRY_AFTER)


def _language(request: HttpRequest, contact: Contact | None) -> Sentences:
    """That of the form that was sent, of the contact, or of the browser."""
    sent = LANGUAGES.get(request.POST.get("language", ""))
    accepted = request.headers.get("Accept-Language", "")
    return sent or language_of(locale=contact.locale if contact else None, accepted=accepted)


def _is_too_often(request: HttpRequest, token: str) -> bool:
    """Whoever the token names, or nobody: the answer must not tell."""
    try:
        usage = get_usage(
            request,
            group="privacy",
            key=lambda _group, _request: token,
            rate=RATE,
            increment=True,
        )
    except RedisError:
        return False
    return bool(usage and usage["should_limit"])


def _decide(
    sent: Mapping[str, str], request: HttpRequest, contact: Contact, notice: Notice
) -> Message:
    """Record what was sent, and say what became of it. Raises Busy."""
    words, now = notice.words, timezone.now()
    if "agree" not in sent:
        visit.withdraw(contact, now=now)
        return Message(200, words.stopped)
    if why_not := visit.why_not_agree(contact, now=now):
        return Message(403, getattr(words, why_not))
    if not _is_person(request):
        return Message(403, words.no_person)
    if sent.get("text") != digest_of(notice.text()):
        return Message(409, words.text_changed)
    visit.agree(contact, opens="opens" in sent, clicks="clicks" in sent, notice=notice, now=now)
    return Message(200, words.saved)


def _is_person(request: HttpRequest) -> bool:
    purpose = ", ".join(request.headers.get(name, "") for name in PURPOSES)
    return classify(request.headers.get("User-Agent", ""), purpose).kind == Kind.HUMAN


def _form(contact: Contact, notice: Notice, message: Message | None, now: datetime) -> HttpResponse:
    context = form_context(notice, visit.read_shown(contact, now=now))
    page = render_to_string(f"{FOLDER}/page.html", context | {"message": message})
    return HttpResponse(page, status=message.status if message else HTTPStatus.OK)


def _plain(
    message: Message, words: Sentences, facts: Facts, retry_after: int | None = None
) -> HttpResponse:
    """A page without a form; the same for everybody."""
    page = render_to_string(f"{FOLDER}/plain.html", plain_context(message, Notice(words, facts)))
    response = HttpResponse(page, status=message.status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
