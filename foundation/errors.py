"""The one family of errors that the cores raise; it knows nothing of HTTP.

`api.base.errors` gives each its status.
"""

# Where Django REST framework, too, puts what is about no single field.
WHOLE = "non_field_errors"
# A call of thousands of rows may have as many bad fields; a sentence names these.
MOST_NAMED = 10


class DomainError(Exception):
    """Something a person asked for can't be done: a sentence that says why, and a stable code.

    `errors` maps the names of bad fields to sentences; `rule` names for the logs what was
    broken, more closely than the code. Whoever logs it sets `is_logged`: once is enough.
    """

    code = "invalid"
    is_logged = False

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: dict[str, list[str]] | None = None,
        rule: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.errors = errors or {}
        self.rule = rule or self.code


class InvalidInput(DomainError):
    """The input breaks a rule; nothing was changed."""

    @classmethod
    def field(
        cls, name: str, sentence: str, *, code: str = "invalid", rule: str | None = None
    ) -> "InvalidInput":
        return cls(sentence, code=code, errors={name: [sentence]}, rule=rule)

    @classmethod
    def fields(
        cls, errors: dict[str, list[str]], *, code: str = "invalid", rule: str | None = None
    ) -> "InvalidInput":
        """For bad fields and their sentences; those under WHOLE are about all of the input."""
        errors = dict(errors)
        whole = errors.pop(WHOLE, [])
        if whole:
            return cls(whole[0], code=code, errors=errors, rule=rule)
        name, sentences = next(iter(errors.items()))
        if len(errors) == 1:
            return cls(f"{name}: {sentences[0]}", code=code, errors=errors, rule=rule)
        named = ", ".join(list(errors)[:MOST_NAMED])
        more = f" and {len(errors) - MOST_NAMED:,} more" if len(errors) > MOST_NAMED else ""
        return cls(f"Check these fields: {named}{more}.", code=code, errors=errors, rule=rule)


class Taken(InvalidInput):
    """Another row, `existing_id`, has the value already; nothing was changed."""

    code = "taken"

    def __init__(self, detail: str, *, field: str, existing_id: int | None) -> None:
        super().__init__(detail, errors={field: [detail]})
        self.existing_id = existing_id


class TooLarge(DomainError):
    """More was sent than is taken; nothing was kept of it."""

    code = "too_large"


class NotFound(DomainError):
    """What was named does not exist."""

    code = "not_found"


class Busy(DomainError):
    """The database could not take the change now; the same call may succeed in a moment."""

    code = "busy"


class KeyReused(DomainError):
    """An idempotency key came with another request than before; nothing was changed."""

    code = "idempotency_key_reused"
