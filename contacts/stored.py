"""How a contact's values stand in its columns, and what no two contacts may share."""

from collections.abc import Mapping

from foundation.personal_data.hashes import read_email_hash
from foundation.personal_data.identity import email_domain

TAKEN = {
    "uuid": "There is a contact with this uuid already.",
    "email": "The campaign has a contact with this e-mail address already.",
    "external_id": "The campaign has a contact with this external id already.",
}


def columns_of(values: Mapping[str, object]) -> dict[str, object]:
    """The columns of values that `rows` read, by field name; a contact's place is left out."""
    columns = {n: values[n] for n in ("scheduled_at", "name", "external_id") if n in values}
    return columns | (email_columns(values["email"]) if "email" in values else {})


def email_columns(email: str | None) -> dict[str, str | None]:
    """The three columns that hold an address, read by `rows.read_email`."""
    if email is None:
        return {"email": None, "email_hash": None, "email_domain": None}
    digest = read_email_hash(email)
    return {"email": email, "email_hash": digest, "email_domain": email_domain(email)}
