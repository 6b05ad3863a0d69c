"""The one family of errors that the cores raise; it knows nothing of HTTP.

`pixeltrack.api_errors` gives each its status.
"""


class DomainError(Exception):
    """Something a person asked for can't be done: a sentence that says why, and a stable code.

    `errors` maps the names of bad fields to sentences.
    """

    code = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.errors = errors or {}


class InvalidInput(DomainError):
    """The input breaks a rule; nothing was changed."""

    @classmethod
    def field(cls, name: str, sentence: str, *, code: str = "invalid") -> "InvalidInput":
        return cls(sentence, code=code, errors={name: [sentence]})


class NotFound(DomainError):
    """What was named does not exist."""

    code = "not_found"


class Busy(DomainError):
    """The database could not take the change now; the same call may succeed in a moment."""

    code = "busy"
