"""The one family of domain errors; independent of HTTP.

`api.base.errors` maps each to a status.
"""

# The key that Django REST framework also uses for errors about no single field.
WHOLE = "non_field_errors"
# A call of thousands of rows may have as many bad fields; messages list this many.
MOST_NAMED = 10


class DomainError(Exception):
    """An operation is not possible: a sentence that says why, and a stable code.

    `errors` maps field names to sentences; `rule` names the broken rule for the logs, in more
    detail than the code. `is_logged` is set by the first code that logs the error, so that it is
    logged once.
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
        """Errors by field; those under WHOLE are about the input as a whole."""
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
    """Another row, `existing_id`, already has the value; nothing was changed."""

    code = "taken"

    def __init__(self, detail: str, *, field: str, existing_id: int | None) -> None:
        super().__init__(detail, errors={field: [detail]})
        self.existing_id = existing_id


class TooLarge(DomainError):
    """The input exceeds a size limit; none of it was kept."""

    code = "too_large"


class NotAllowed(DomainError):
    """Whoever asks lacks the permission; nothing was changed."""

    code = "permission_denied"


class NotFound(DomainError):
    """The object does not exist."""

    code = "not_found"


class Busy(DomainError):
    """The database is busy; the same call may succeed in a moment."""

    code = "busy"


class KeyReused(DomainError):
    """The idempotency key was used with a different request before; nothing was changed."""

    code = "idempotency_key_reused"
