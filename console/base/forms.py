"""What all forms of the console share: their own words for what is wrong, and where it is said.

It knows no model and no rule: a form checks the format of its input, the services the rest. Their
sentences name fields as the API does. A form has words of its own for those, by the broken rule.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django import forms
from django.contrib.admin import ModelAdmin
from django.forms.renderers import BaseRenderer
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from foundation.errors import DomainError

# Names of fields and values of the API; what stands in quotes is somebody's own, and commands are
# for whoever runs PixelTrack.
_OTHERS = re.compile(r"“[^”]*”|\bmanage\.py \w+")
_API_NAME = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
WITHOUT_WORDS = "This can't be taken as it is: please check it."

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Own:
    """What a form says where a rule is broken, and beside which field; "" is the services' own."""

    sentence: str
    field: str = ""


Words = Mapping[str, Own]


@dataclass(frozen=True)
class Wrong:
    """A line of the summary above a form; its `anchor` is the field's, "" for the whole form."""

    sentence: str
    label: str = ""
    anchor: str = ""


def names_api(sentence: str) -> bool:
    """Whether it holds a name that only the API has."""
    return bool(_API_NAME.search(_OTHERS.sub("", sentence)))


def in_own_words(error: DomainError, words: Words) -> Iterator[tuple[str, str]]:
    """Each sentence with the name of its field, "" for none; none of them names the API's."""
    if own := words.get(error.rule):
        yield own.field or next(iter(error.errors), ""), own.sentence
        return
    for name, sentence in _sentences(error):
        if names_api(sentence):
            log.warning("refusal_without_words", rule=error.rule)
            sentence = WITHOUT_WORDS
        yield name, sentence


def _sentences(error: DomainError) -> Iterator[tuple[str, str]]:
    for name, sentences in error.errors.items():
        yield from ((name, sentence) for sentence in sentences)
    if not error.errors:
        yield "", error.detail


def in_one_sentence(error: DomainError, words: Words) -> str:
    """For a message that belongs to no form."""
    return " ".join(sentence for _, sentence in in_own_words(error, words))


def show_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Put each sentence beside its field, the others above the form."""
    for name, sentence in in_own_words(error, getattr(form, "words", {})):
        form.add_error(name if name in form.fields else None, sentence)


def _lines(form: forms.BaseForm) -> Iterator[Wrong]:
    yield from (Wrong(str(said)) for said in form.non_field_errors())
    for bound in form:
        anchor = "" if bound.is_hidden else bound.id_for_label or bound.auto_id
        label = bound.field.widget.attrs.get("aria-label") or bound.label
        yield from (Wrong(str(said), str(label), anchor) for said in bound.errors)


def wrong_in(several: Sequence[forms.BaseForm]) -> list[Wrong]:
    """What is wrong in the forms of a page, in its order; the first such field gets the focus.

    Without a script: browsers follow the attribute, so it is called before a field is drawn.
    """
    fields = [bound for form in several for bound in form if not bound.is_hidden]
    for bound in fields:
        bound.field.widget.attrs.pop("autofocus", None)
    if first := next((bound for bound in fields if bound.errors), None):
        first.field.widget.attrs["autofocus"] = True
    return [line for form in several for line in _lines(form)]


class LongSelect(forms.Select):
    """Of hundreds of choices, for each of which Django's own would load two templates."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        context = self.get_context(name, value, attrs)
        return render_to_string("console/base/long_select.html", context)


class PlainForm(forms.Form):
    """A form on a page of its own; `words` are its own, by the rule that the services name."""

    required_css_class = "required"
    words: Words = {}

    def wrong(self) -> list[Wrong]:
        """For the summary, which stands above the fields."""
        return wrong_in([self])


class Refused(Exception):
    """The services refused a form's values; `prefix` says which form of the page."""

    def __init__(self, error: DomainError, prefix: str | None = None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.prefix = prefix


class ServiceForm(forms.ModelForm):
    """A form that never saves itself; `refusal` is the error of the services, if any."""

    words: Words = {}
    refusal: Refused | None = None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal and self.refusal.prefix == self.prefix:
            show_refusal(self, self.refusal.error)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Leaves the model's checks to the services, whose messages say what to do."""
        return {field.name for field in self._meta.model._meta.get_fields()}

    @property
    def changes(self) -> dict[str, Any]:
        """The values that a person changed, by field name."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class SaysWhatIsWrong(ModelAdmin):
    """Above a form that was refused: every error with a link to its field."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        sets = [inline.formset for inline in context["inline_admin_formsets"]]
        own = [context["adminform"].form, *(form for one in sets for form in one.forms)]
        if context["errors"]:
            of_sets = [Wrong(str(said)) for one in sets for said in one.non_form_errors()]
            # Django's own line would stand beside the summary.
            context |= {"wrong": wrong_in(own) + of_sets, "errors": None}
        return super().render_change_form(request, context, add, change, form_url, obj)
