"""The merge tags by which mail services insert a recipient's pixel, and page, into an e-mail; pure.

Each service inserts a field of the recipient with a syntax of its own. The field holds a URL, not a
tag: some services escape what they insert.
"""

from dataclasses import dataclass

from contacts.pixels.links import pixel_tag


@dataclass(frozen=True)
class Service:
    """A mail service: the names of its fields, and its syntax for one in an e-mail.

    `column` is the field's name, `place` the merge tag; these and `help` hold {} for the pixel's
    number. `page` and `page_place` are the same for the link to the person's page.
    """

    name: str
    column: str
    place: str
    help: str
    page: str
    page_place: str


@dataclass(frozen=True)
class MergeTag:
    """The HTML for an e-mail of a service, with the name of its field."""

    service: str
    field: str
    html: str
    help: str


SERVICES = (
    Service(
        "Plain HTML",
        "PIXEL_{}_URL",
        "PIXEL_{}_URL",
        "letters for your own program to replace with the contact's pixel_{}_url",
        "CONSENT_URL",
        "CONSENT_URL",
    ),
    Service(
        "Mailchimp",
        "PIXEL_{}",
        "*|PIXEL_{}|*",
        "an audience field of the type text",
        "CONSENT",
        "*|CONSENT|*",
    ),
    Service(
        "Brevo",
        "PIXEL_{}",
        "{{{{ contact.PIXEL_{} }}}}",
        "a contact attribute of text",
        "CONSENT_URL",
        "{{ contact.CONSENT_URL }}",
    ),
    Service(
        "SendGrid",
        "pixel_{}_url",
        "{{{{pixel_{}_url}}}}",
        "a custom field of text",
        "consent_url",
        "{{consent_url}}",
    ),
    Service(
        "Klaviyo",
        "pixel_{}_url",
        "{{{{ person|lookup:'pixel_{}_url' }}}}",
        "a custom property of the profile",
        "consent_url",
        "{{ person|lookup:'consent_url' }}",
    ),
    Service(
        "HubSpot",
        "pixel_{}_url",
        "{{{{ contact.pixel_{}_url }}}}",
        "a contact property",
        "consent_url",
        "{{ contact.consent_url }}",
    ),
    Service(
        "ActiveCampaign",
        "PIXEL_{}",
        "%PIXEL_{}%",
        "a custom field of contacts",
        "CONSENT_URL",
        "%CONSENT_URL%",
    ),
    # https://listmonk.app/docs/templating (read on 30 November 2026): any attribute of a
    # subscriber is {{ .Subscriber.Attribs.name }}.
    Service(
        "listmonk",
        "pixel_{}_url",
        "{{{{ .Subscriber.Attribs.pixel_{}_url }}}}",
        "an attribute of subscribers",
        "consent_url",
        "{{ .Subscriber.Attribs.consent_url }}",
    ),
    # https://dev.mailjet.com/template-language/reference/ (read on 30 November 2026): a contact
    # property is {{data:name}}.
    Service(
        "Mailjet",
        "pixel_{}_url",
        "{{{{data:pixel_{}_url}}}}",
        "a contact property of text",
        "consent_url",
        "{{data:consent_url}}",
    ),
    # Templates of others for MailerLite (read on 30 November 2026): a field is {$name}, as the
    # link for unsubscribing is {$unsubscribe}.
    Service(
        "MailerLite",
        "pixel_{}_url",
        "{{$pixel_{}_url}}",
        "a custom field of text",
        "consent_url",
        "{$consent_url}",
    ),
    # A TYPO3 extension's manual (read on 30 November 2026): a placeholder is a name in capitals
    # in braces, as {UNSUBSCRIBE}.
    Service(
        "CleverReach",
        "PIXEL_{}",
        "{{PIXEL_{}}}",
        "a field of the recipient list, of text",
        "CONSENT_URL",
        "{CONSENT_URL}",
    ),
)
PAGE_HELP = "letters for your own program to replace with the contact's consent_url"
PAGE_LINK = '<a href="{}">May we see whether you read our e-mails?</a>'


def merge_tags(number: int) -> list[MergeTag]:
    """The tags that insert each recipient's pixel of this number."""
    return [
        MergeTag(
            service=service.name,
            field=service.column.format(number),
            html=pixel_tag(service.place.format(number)),
            help=service.help.format(number),
        )
        for service in SERVICES
    ]


def page_tags() -> list[MergeTag]:
    """The links that lead each recipient to its own page."""
    return [
        MergeTag(
            service=service.name,
            field=service.page,
            html=PAGE_LINK.format(service.page_place),
            help=PAGE_HELP if service is SERVICES[0] else service.help,
        )
        for service in SERVICES
    ]
