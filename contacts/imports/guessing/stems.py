"""What headers of a field contain, folded as `contacts.imports.columns.plain` does; pure.

In English, German, French, Italian, Spanish and Dutch. All parts of one line have to be in the
header. Whole headers that are known stand in `contacts.fields`.
"""

OPENS = ("open", "offnung", "ouverture", "apertura", "aperture")
CLICKS = ("click", "klick", "clic", "klik")
CONSENT = ("consent", "einwilligung", "consentement", "consentimiento", "consenso", "toestemming")
DATES = ("date", "datum", "fecha", "data", "zeitpunkt", "timestamp")
TEXTS = ("text", "texte", "texto", "testo", "tekst")
PROOFS = ("proof", "nachweis", "preuve", "prueba", "prova", "bewijs")
Stems = tuple[tuple[str, ...], ...]


def _both(ones: tuple[str, ...], others: tuple[str, ...]) -> Stems:
    return tuple((one, other) for one in ones for other in others)


def _each(*stems: str) -> Stems:
    return tuple((stem,) for stem in stems)


STEMS: dict[str, Stems] = {
    "email": _each(
        *("email", "mailaddress", "mailadresse", "mailadres", "adressemail", "courriel"),
        *("adresseelectronique", "messagerie", "correo", "postaelettronica", "indirizzomail"),
    ),
    "name": _each(
        *("fullname", "customername", "vollstandigername", "kundenname", "nomcomplet"),
        *("nombrecompleto", "nomecompleto", "volledigenaam", "klantnaam"),
    ),
    "first_name": _each("firstname", "givenname", "vorname", "prenom", "nombredepila", "voornaam"),
    "last_name": _each(
        *("lastname", "surname", "familyname", "nachname", "familienname", "nomdefamille"),
        *("apellido", "cognome", "achternaam"),
    ),
    "group": _each("group", "gruppe", "grupo", "gruppo", "groep", "variant"),
    "scheduled_at": _each(
        *("schedule", "sendat", "sendon", "senddate", "sendtime", "duedate", "dueat"),
        *("versand", "sendezeit", "sendedatum", "envoi", "envio", "invio", "verzend"),
    ),
    "external_id": _each(
        *("externalid", "externeid", "idexterne", "idexterno", "idesterno", "externid"),
        *("customerid", "customernumber", "customerno", "subscriberid", "kundennummer", "kundennr"),
        *("kundenid", "numeroclient", "numerodeclient", "numerodicliente", "codicecliente"),
        *("idcliente", "klantnummer", "klantid"),
    ),
    "locale": _each("locale", "language", "sprache", "langue", "idioma", "lingua", "taal"),
    "consent_opens": _both(CONSENT, OPENS),
    "consent_clicks": _both(CONSENT, CLICKS),
    "consent_at": _both(CONSENT, DATES),
    "consent_text": _both(CONSENT, TEXTS),
    "consent_proof": _both(CONSENT, PROOFS),
}
