"""The fields of a contact in one table, from which reading, importing, listing and erasing derive.

Pure. To add a field, add its row to FIELDS and its line to ContactRow, the model's field with a
migration, and a line each in `api.shapes.campaigns` and `console.contacts.forms`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal
from uuid import UUID

from contacts.limits import EXTERNAL_ID_LENGTH, NAME_LENGTH
from foundation.invisible import visible
from foundation.parsing import (
    BadValue,
    read_id,
    read_language,
    read_moment,
    read_random_uuid,
    read_text,
)
from foundation.personal_data.addresses import read_email

Value = UUID | datetime | int | str | None
Reader = Callable[[object, tzinfo], Value]
# Instead of a group: PixelTrack draws it by the planned shares.
DRAW: Final = "draw"
Choice = int | Literal["draw"]
NOTHING_TO_DRAW = "The campaign has no group that could be drawn: add its groups first."


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact with valid values; None for a missing one."""

    campaign: int
    group: Choice
    uuid: UUID | None = None
    scheduled_at: datetime | None = None
    email: str | None = None
    name: str | None = None
    external_id: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The definition of one field; `label` is its name on screens.

    `read` converts the value that was sent; a `part_of` another field exists only in files and has
    none. `headers` are the column names of the field in files, in order of preference: a later line
    is used if a file has none of an earlier one. A field without headers is not in files. `column`
    is the column for lookups and comparisons, by default the field's name. `taken` is the error if
    another contact has the value, for unique fields. `merged` is its position in the merge list, 0
    for none. An `is_fixed` field identifies the contact and is never cleared. What tells a person's
    decision (`is_decision`) belongs to the person, not the contact: it is only in files, and read
    by `consent.reading`.
    """

    name: str
    label: str
    read: Reader | None = None
    part_of: str = ""
    headers: tuple[tuple[str, ...], ...] = ()
    column: str = ""
    taken: str = ""
    merged: int = 0
    is_fixed: bool = False
    is_personal: bool = False
    is_decision: bool = False

    @property
    def stands_in(self) -> str:
        """The column for lookups and comparisons."""
        return self.column or self.name


def _optional(reader: Reader) -> Reader:
    """None and invisible text count as missing."""

    def read(value: object, zone: tzinfo) -> Value:
        if value is None or (isinstance(value, str) and not visible(value)):
            return None
        return reader(value, zone)

    return read


def _text(longest: int) -> Reader:
    return _optional(
        lambda value, _: read_text(
            visible(value) if isinstance(value, str) else value, longest=longest
        )
    )


def _read_group(value: object) -> Choice:
    if value == DRAW:
        return DRAW
    if isinstance(value, str):
        raise BadValue('Give the id of a group, or "draw".')
    return read_id(value)


# Headers as exported by Google Contacts, Outlook, Mailchimp, HubSpot, Klaviyo, Salesforce,
# Shopify and WooCommerce in English, German, French, Spanish, Italian and Dutch.
FIELDS = (
    Field(
        name="campaign",
        label="Campaign",
        read=_optional(lambda value, _: read_id(value)),
        column="campaign_id",
        is_fixed=True,
    ),
    Field(
        name="email",
        label="E-mail address",
        read=_optional(lambda value, _: read_email(value)),
        column="email_hash",
        taken="The campaign has a contact with this e-mail address already.",
        merged=3,
        is_personal=True,
        headers=(
            (
                *("email", "mail", "email address", "mail address", "E-mail 1 - Value"),
                *("Mailadresse", "E-Mail-Adresse"),
                *("Adresse e-mail", "Adresse de messagerie", "Adresse électronique", "Courriel"),
                *("Correo", "Correo electrónico", "Dirección de correo electrónico"),
                *("Indirizzo e-mail", "Indirizzo di posta elettronica"),
                *("Indirizzo posta elettronica", "E-mailadres"),
            ),
            ("Billing email", "Customer email", "User email", "Rechnungs-E-Mail"),
        ),
    ),
    Field(
        name="name",
        label="Name",
        read=_text(NAME_LENGTH),
        merged=4,
        is_personal=True,
        headers=(
            (
                *("name", "full name", "Vollständiger Name"),
                *("Nom complet", "Nombre completo", "Nome completo", "Volledige naam"),
            ),
            ("Nom", "Nombre", "Nome", "Naam"),
        ),
    ),
    Field(
        name="first_name",
        label="First name",
        part_of="name",
        headers=(
            ("First name", "Given name", "Vorname", "Prénom", "Nombre de pila", "Voornaam"),
            ("Billing first name",),
        ),
    ),
    Field(
        name="last_name",
        label="Last name",
        part_of="name",
        headers=(
            (
                *("Last name", "Family name", "Surname", "Nachname", "Familienname"),
                *("Nom de famille", "Apellido", "Apellidos", "Cognome", "Achternaam"),
            ),
            ("Billing last name",),
        ),
    ),
    Field(
        name="group",
        label="Group",
        read=_optional(lambda value, _: _read_group(value)),
        column="group_id",
        merged=2,
        is_fixed=True,
        headers=(("group", "Gruppe", "Groupe", "Grupo", "Gruppo", "Groep"),),
    ),
    Field(
        name="scheduled_at",
        label="Time of sending",
        read=_optional(lambda value, zone: read_moment(value, zone=zone)),
        merged=6,
        headers=(
            (
                *("scheduled at", "scheduled", "send at", "Versand am", "Sendezeit"),
                *("Date d'envoi", "Fecha de envío", "Data di invio", "Verzenddatum"),
            ),
        ),
    ),
    Field(
        name="external_id",
        label="Id in your system",
        read=_text(EXTERNAL_ID_LENGTH),
        taken="The campaign has a contact with this id already.",
        merged=5,
        is_personal=True,
        headers=(
            ("external id", "Externe ID", "ID externe", "ID externo", "ID esterno", "Extern ID"),
            ("Klaviyo ID", "Record ID - Contact", "Contact ID", "Kontakt-ID"),
        ),
    ),
    Field(
        name="locale",
        label="Locale",
        read=_optional(lambda value, _: read_language(value)),
        merged=7,
        is_personal=True,
        headers=(
            ("locale", "locale code", "language tag", "language code", "Sprachcode"),
            ("language", "lang", "Sprache", "Langue", "Idioma", "Lingua", "Taal"),
            (
                *("Preferred language", "Bevorzugte Sprache", "Langue préférée"),
                *("Idioma preferido", "Lingua preferita", "Voorkeurstaal"),
            ),
        ),
    ),
    Field(
        name="uuid",
        label="PixelTrack's own id",
        read=_optional(lambda value, _: read_random_uuid(value)),
        taken="There is a contact with this uuid already.",
        merged=1,
        is_fixed=True,
        headers=(("uuid",),),
    ),
    Field(
        name="consent_opens",
        label="Consent to opens",
        is_decision=True,
        headers=(
            (
                *("consent opens", "opens consent", "Einwilligung Öffnungen"),
                *("Consentement ouvertures", "Consentimiento aperturas", "Consenso aperture"),
                *("Toestemming opens", "Toestemming openen"),
            ),
        ),
    ),
    Field(
        name="consent_clicks",
        label="Consent to clicks",
        is_decision=True,
        headers=(
            (
                *("consent clicks", "clicks consent", "Einwilligung Klicks"),
                *("Consentement clics", "Consentimiento clics", "Consenso clic"),
                *("Toestemming clicks", "Toestemming kliks"),
            ),
        ),
    ),
    Field(
        name="consent_at",
        label="Consent given at",
        is_decision=True,
        headers=(
            (
                *("consent at", "consent date", "consent time", "Einwilligung am"),
                *("Datum der Einwilligung", "Date du consentement", "Fecha de consentimiento"),
                *("Fecha del consentimiento", "Data del consenso", "Datum toestemming"),
            ),
        ),
    ),
    Field(
        name="consent_text",
        label="Text of the consent",
        is_decision=True,
        headers=(
            (
                *("consent text", "Einwilligungstext", "Text der Einwilligung"),
                *("Texte du consentement", "Texto de consentimiento", "Texto del consentimiento"),
                *("Testo del consenso", "Toestemmingstekst"),
            ),
        ),
    ),
    Field(
        name="consent_proof",
        label="Proof of the consent",
        is_decision=True,
        headers=(
            (
                *("consent proof", "proof of consent", "Nachweis der Einwilligung"),
                *("Einwilligungsnachweis", "Preuve du consentement", "Prueba de consentimiento"),
                *("Prueba del consentimiento", "Prova del consenso", "Bewijs van toestemming"),
            ),
        ),
    ),
)
READERS: dict[str, Reader] = {field.name: field.read for field in FIELDS if field.read}
IN_FILES = tuple(field for field in FIELDS if field.headers)
LABELS = {field.name: field.label for field in FIELDS}
PARTS = tuple(field.name for field in FIELDS if field.part_of)
DECISION = tuple(field.name for field in FIELDS if field.is_decision)
# Identify a contact within its campaign.
KEYS = tuple(field for field in FIELDS if field.taken and not field.is_fixed)
TAKEN = {field.name: field.taken for field in FIELDS if field.taken}
# The fields other than the identifying ones: stored under their own names, and clearable.
OWN = tuple(field.name for field in FIELDS if field.read and not field.is_fixed)
PERSONAL = tuple(field.name for field in FIELDS if field.is_personal)
MERGED = tuple(sorted((f for f in FIELDS if f.merged), key=lambda field: field.merged))
