"""The columns of real exports, by program and language: recognized, combined, or asked for."""

import csv

import pytest

from contacts.imports.columns import ALIASES, FIELDS, BadFile, guess_places, match_columns

# The first lines as the programs write them, shortened. The word
# after an arrow is the field that the column before it is read as.
EXPORTS = {
    "Google Contacts": "First Name → first_name,Middle Name,Last Name → last_name,"
    "Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,"
    "File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,"
    "Labels,E-mail 1 - Label,E-mail 1 - Value → email,E-mail 2 - Label,E-mail 2 - Value,"
    "Phone 1 - Label,Phone 1 - Value",
    "Google Contacts, before 2024": "Name → name,Given Name,Additional Name,Family Name,Yomi Name,"
    "Given Name Yomi,Group Membership,E-mail 1 - Type,E-mail 1 - Value → email,Phone 1 - Value",
    "Outlook": "Title,First Name → first_name,Middle Name,Last Name → last_name,Suffix,Company,"
    "Department,Job Title,E-mail Address → email,E-mail Type,E-mail Display Name,E-mail 2 Address",
    "Outlook, German": "Anrede,Vorname → first_name,Weitere Vornamen,Nachname → last_name,Suffix,"
    "Firma,Abteilung,Position,E-Mail-Adresse → email,E-Mail-Typ,E-Mail: Angezeigter Name,"
    "E-Mail 2: Adresse",
    "Outlook, French": "Titre,Prénom → first_name,Deuxième prénom,Nom → last_name,Suffixe,Société,"
    "Service,Adresse de messagerie → email,Type de messagerie,"
    "Nom complet de l'adresse de messagerie,Adresse de messagerie 2",
    "Outlook, Spanish": "Tratamiento,Nombre → first_name,Segundo nombre,Apellidos → last_name,"
    "Sufijo,Organización,Dirección de correo electrónico → email,Tipo de correo electrónico,"
    "Nombre de pantalla de correo electrónico",
    "Outlook, Italian": "Titolo,Nome → first_name,Secondo nome,Cognome → last_name,"
    "Titolo straniero,Società,Indirizzo posta elettronica → email,Tipo posta elettronica,"
    "Nome visualizzato posta elettronica",
    "Outlook, Dutch": "Titel,Voornaam → first_name,Middelste naam,Achternaam → last_name,"
    "Achtervoegsel,Bedrijf,E-mailadres → email,Type e-mail,Weergavenaam voor e-mail",
    "Mailchimp": "Email Address → email,First Name → first_name,Last Name → last_name,Address,"
    "Phone Number,Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,LEID,EUID,NOTES,TAGS",
    "Mailchimp, German": "Emailadresse → email,Vorname → first_name,Nachname → last_name,"
    "Erlaubnis zum Marketing,MEMBER_RATING,OPTIN_TIME,TAGS",
    "Mailchimp, French": "Adresse e-mail → email,Prénom → first_name,Nom → last_name,"
    "MEMBER_RATING,TAGS",
    "Mailchimp, Spanish": "Correo electrónico → email,Nombre → first_name,Apellido → last_name,"
    "MEMBER_RATING,TAGS",
    "Mailchimp, Italian": "Indirizzo e-mail → email,Nome → first_name,Cognome → last_name,"
    "MEMBER_RATING,TAGS",
    "Mailchimp, Dutch": "E-mailadres → email,Voornaam → first_name,Achternaam → last_name,"
    "MEMBER_RATING,TAGS",
    "HubSpot": "Record ID - Contact → external_id,First Name → first_name,Last Name → last_name,"
    "Email → email,Phone Number,Contact owner,Primary Company,Last Activity Date,Lead Status",
    "HubSpot, German": "Datensatz-ID,Vorname → first_name,Nachname → last_name,E-Mail → email,"
    "Telefonnummer,Zuständiger Mitarbeiter",
    "HubSpot, French": "ID de fiche d'informations,Prénom → first_name,"
    "Nom de famille → last_name,E-mail → email,Numéro de téléphone",
    "HubSpot, Spanish": "ID de registro,Nombre → first_name,Apellidos → last_name,Correo → email,"
    "Número de teléfono",
    "Klaviyo": "Email → email,Klaviyo ID → external_id,First Name → first_name,"
    "Last Name → last_name,Organization,Title,Phone Number,City,Email Marketing Consent",
    "Salesforce, report": "First Name → first_name,Last Name → last_name,Account Name,"
    "Email → email,Contact ID → external_id",
    "Salesforce, data export": "Id,IsDeleted,AccountId,LastName,FirstName,Salutation,Name → name,"
    "OtherStreet,Email → email",
    "Salesforce, German": "Vorname → first_name,Nachname → last_name,Accountname,E-Mail → email,"
    "Kontakt-ID → external_id",
    "Shopify": "Customer ID,First Name → first_name,Last Name → last_name,Email → email,"
    "Accepts Email Marketing,Default Address Company,Default Address Phone,Total Spent,Tags",
    "WooCommerce": "Name → name,Username,Last active,Date registered,Email → email,Orders,"
    "Total spend,AOV,Country / Region,City,Region,Postal code",
    "WooCommerce, German": "Name → name,Benutzername,Zuletzt aktiv,Registrierungsdatum,"
    "E-Mail → email,Bestellungen,Gesamtausgaben",
    "WooCommerce, orders": "order_id,billing_first_name → first_name,"
    "billing_last_name → last_name,billing_email → email,shipping_first_name",
    "HubSpot, Italian": "ID record,Nome → first_name,Cognome → last_name,E-mail → email,"
    "Numero di telefono",
    "HubSpot, Dutch": "Record-ID,Voornaam → first_name,Achternaam → last_name,E-mail → email,"
    "Telefoonnummer",
    "Salesforce, French": "Prénom → first_name,Nom → last_name,Nom du compte,"
    "Adresse e-mail → email",
    "Salesforce, Spanish": "Nombre → first_name,Apellidos → last_name,Nombre de la cuenta,"
    "Correo electrónico → email",
    "Salesforce, Italian": "Nome → first_name,Cognome → last_name,Nome account,E-mail → email",
    "Salesforce, Dutch": "Voornaam → first_name,Achternaam → last_name,Accountnaam,E-mail → email",
    "WooCommerce, French": "Nom → name,Identifiant,Dernière activité,Date d'inscription,"
    "E-mail → email,Commandes",
    "WooCommerce, Spanish": "Nombre → name,Nombre de usuario,Última actividad,"
    "Fecha de registro,Correo electrónico → email,Pedidos",
    "WooCommerce, Italian": "Nome → name,Nome utente,Ultima attività,Data di registrazione,"
    "Email → email,Ordini",
    "WooCommerce, Dutch": "Naam → name,Gebruikersnaam,Laatst actief,Datum geregistreerd,"
    "E-mail → email,Bestellingen",
    "WooCommerce, users": "ID,user_login,user_email → email,first_name → first_name,"
    "last_name → last_name",
    "Mailchimp, with languages": "Email Address → email,First Name → first_name,"
    "Last Name → last_name,Language → locale,MEMBER_RATING,TAGS",
    "HubSpot, with languages": "First Name → first_name,Last Name → last_name,Email → email,"
    "Preferred language → locale",
    "Klaviyo, with locales": "Email → email,First Name → first_name,Locale → locale,"
    "Locale: Country,Locale: Language",
    "A German spreadsheet": "Vorname → first_name,Name → last_name,Mail → email,"
    "Gruppe → group,Versand am → scheduled_at",
    "A French one": "Nom → name,Courriel → email,Groupe → group",
    "A Dutch one": "Voornaam → first_name,Naam → last_name,E-mailadres → email,Groep → group",
}


@pytest.mark.parametrize("program", EXPORTS)
def test_the_columns_of_an_export_are_found(program):
    [line] = csv.reader([EXPORTS[program]])
    headers = [cell.partition(" → ")[0] for cell in line]
    fields = tuple(cell.partition(" → ")[2] or None for cell in line)
    assert match_columns(headers, mapping={}) == fields
    assert guess_places(headers) == {field: n for n, field in enumerate(fields) if field}


def test_a_name_beside_an_english_first_name_is_asked_for():
    headers = ["First Name", "Name", "Email"]
    assert guess_places(headers) == {"first_name": 0, "email": 2}
    with pytest.raises(BadFile, match="last or the whole name"):
        match_columns(headers, mapping={})
    assert match_columns(headers, mapping={"last_name": "Name"}) == (
        "first_name",
        "last_name",
        "email",
    )
    assert match_columns(headers, mapping={"name": "Name"}) == (None, "name", "email")
    assert match_columns(headers, mapping={"name": None}) == (None, None, "email")


def test_if_several_columns_match_a_field_none_is_guessed():
    headers = ["E-Mail", "Email", "Name"]
    assert guess_places(headers) == {"name": 2}
    with pytest.raises(BadFile, match="Several columns can be email"):
        match_columns(headers, mapping={})


def test_decomposed_accents_of_a_mac_are_the_same():
    assert match_columns(["Pre\u0301nom", "Nom", "E-mail"], mapping={}) == (
        "first_name",
        "last_name",
        "email",
    )


def test_each_name_means_one_field():
    names = [name for lines in ALIASES.values() for group in lines for name in group]
    assert len(names) == len(set(names))
    assert set(ALIASES) == set(FIELDS)
