"""The rows that URLs name, and the tours through all URLs."""

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from campaigns.models import ContactImport
from console.contacts.opens import CURSOR
from discounts.models import DiscountUsage
from tests.addresses import PUBLIC, short
from tests.soak import schema
from tests.soak.pairwise import choose
from tests.soak.values import NO_VALUES, of_form_field
from tests.soak.walking import (
    CALLS,
    PAGES,
    REFUSED,
    SHOWN,
    address,
    bad_addresses,
    lists,
    lookups_of,
    with_query,
)
from tracking.models import Open, UserAgent

# They take no GET or redirect, which other tests check.
ELSEWHERE = {
    "login",
    "logout",
    "autocomplete",
    "view_on_site",
    "campaigns_contact_find",
    "discounts_discountcampaign_find",
    "discounts_customer_find",
    "discounts_discountusage_find",
    "campaigns_campaign_import_columns",
    "campaigns_campaign_import_rejected",
    "contact-import-rejected",
    "campaigns_campaign_delete",
    "campaigns_campaign_winner",
    "campaigns_group_delete",
    "campaigns_contact_delete",
    "tracking_open_delete",
    "tracking_open_add",
    "tracking_useragent_delete",
    "tracking_useragent_add",
    "discounts_discountcampaign_delete",
    "discounts_customer_delete",
    "discounts_discountusage_delete",
    "discounts_discountusage_add",
    "campaigns_campaign_ask",
    "campaigns_campaign_duplicate",
    "campaigns_campaign_import_stop",
}
# Calls that write, or that have no GET.
WRITING = {"logout", "token", "token-refresh", "token-verify", "available", "apply", "cancel"}
WRITING |= {"contact-create-many", "contact-not-sent", "contact-resent", "group-reschedule"}
WRITING |= {"email-campaign-winner"}
WRITING |= {"group-unarchive", "email-campaign-unarchive", "email-campaign-mix-schedule"}
WRITING |= {"email-campaign-duplicate", "contact-import-stop", "contact-import-undo"}
# What a call must be asked with.
NEEDED = {"inactive": {"since": "2026-01-01T00:00:00Z"}}
# Rows of libraries, which a walk does not create.
STRANGERS = ("axes_", "django_tasks_database_")
# Query parameters of pages that are not lists.
QUESTIONS = {
    "admin:index": ("e", "next"),
    "report-page": ("period", "since", "until", "machine", "domains"),
    "report-data": ("period", "since", "until", "machine"),
    "report-groups": ("period", "since", "until", "machine"),
    "report-series": ("period", "since", "until", "machine"),
    "admin:campaigns_contact_change": (CURSOR, "_changelist_filters", "_popup"),
    "admin:campaigns_group_reschedule": ("group",),
    "admin:campaigns_campaign_plan": ("difference", "rate"),
    "email-campaign-plan": ("difference", "rate"),
    "admin:campaigns_campaign_pixels": ("pixel", "contact"),
    "admin:campaigns_campaign_pixels_tests": ("pixel",),
    "admin:autocomplete": ("term", "app_label", "model_name", "field_name"),
    "open-list": ("cursor", "limit"),
}


def rows_of(campaign=None, discount=None, customer=None):
    """A row of each model, by the name that URLs begin with; None if there is none."""
    group = campaign and campaign.groups.first()
    contact = campaign and campaign.contacts.first()
    opened = group and Open.objects.filter(group_id__in=campaign.groups.values("id")).first()
    if opened:
        contact = campaign.contacts.get(uuid=opened.contact_id)
    pixel = contact and contact.pixels.first()
    usage = discount and DiscountUsage.objects.filter(campaign=discount).first()
    job = campaign and _job(campaign)
    return {
        "campaigns_campaign": campaign,
        "email-campaign": campaign,
        "campaign-report": campaign,
        "merge-list": campaign,
        "campaigns_group": group,
        "group": group,
        "campaigns_contact": contact,
        "contact": contact,
        "contact-import": job,
        "tracking_pixel": pixel,
        "pixel": pixel,
        "tracking_open": opened,
        "tracking_useragent": UserAgent.objects.first(),
        "discounts_discountcampaign": discount,
        "discount-campaign": discount,
        "discounts_customer": customer,
        "customer": customer,
        "discounts_discountusage": usage,
        "auth_user": _user(),
        "auth_group": Group.objects.first(),
        "content_type": ContentType.objects.first(),
    }


def _job(campaign):
    now = timezone.now()
    return ContactImport.objects.create(
        campaign=campaign, file_name="contacts.csv", lease_until=now, created_at=now
    )


def _user():
    return User.objects.get_or_create(username="somebody")[0]


# --- Tours ----------------------------------------------------------------------------------


def tour(walk, rows):
    """Opens every page and every reading call of these rows."""
    for name in PAGES:
        _show(walk, name, rows, walk.pages)
    for name in CALLS:
        if name not in WRITING:
            _show(walk, name, rows, walk.api)


def _show(walk, name, rows, client):
    path = address(name, rows)
    if path is None or _is_none(name, rows):
        return
    if name in NEEDED:
        path = with_query(path, **NEEDED[name])
    if name == "admin:campaigns_group_reschedule":
        if rows["group"] is None:
            return
        path = with_query(path, group=rows["group"].pk)
    if short(name) in ELSEWHERE or name in PUBLIC or short(name).startswith(STRANGERS):
        walk.open(path, client=client)
    else:
        walk.open(path, client=client, expected=SHOWN)
    walk.visited.add(name)


def _is_none(name, rows):
    """The API shows no archived discount campaign, and no history without usages."""
    discount = rows["discounts_discountcampaign"]
    if name == "usage-history":
        return rows["discounts_discountusage"] is None
    return name == "discount-campaign-detail" and discount and discount.archived_at


def tour_bad_ids(walk, rows, *, every):
    """Replaces each id of each URL; opens every n-th of these URLs."""
    for client, names in ((walk.pages, PAGES), (walk.api, CALLS)):
        bad = (path for name in names for path in bad_addresses(name, rows))
        for n, path in enumerate(bad):
            if n % every == 0:
                walk.open(path, client=client, expected=(*REFUSED, 301))


def tour_queries(walk, rows, *, every):
    """Lists with every lookup, pages with every query parameter, and every bad value."""
    asked = (
        with_query(path, **{key: value})
        for path, keys in _questions(rows)
        for key in keys
        for value in NO_VALUES
    )
    for n, path in enumerate(asked):
        if n % every == 0:
            walk.open(path, client=walk.api if path.startswith("/api/") else walk.pages)


def _questions(rows):
    for name, keys in QUESTIONS.items():
        yield address(name, rows), keys
    for name, page in lists():
        yield reverse(f"{name}_changelist"), list(lookups_of(page))
        try:
            add = reverse(f"{name}_add")
        except NoReverseMatch:
            continue
        yield add, [field.name for field in page.opts.get_fields()]


def tour_filters(walk, rows):
    """Every reading call with the limits of all query parameters, in pairs."""
    for path, _, operation in schema.calls("get"):
        values = schema.query_values(operation)
        own = _filled(path, rows)
        if not values or own is None:
            continue
        for query in (
            choose(values) if len(values) > 1 else [{n: v} for n in values for v in values[n]]
        ):
            asked = {name: _text(v) for name, v in query.items() if v is not None}
            walk.open(with_query(own, **asked), client=walk.api)


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value


def _filled(path, rows):
    names = {
        "{campaign}": "campaigns_campaign",
        "{customer_id}": "discounts_customer",
        "email-campaigns/{id}": "campaigns_campaign",
    }
    for word, row in names.items():
        if word in path:
            return rows[row] and path.replace(word.rpartition("/")[2], str(rows[row].pk))
    return None if "{" in path else path


# --- Forms ----------------------------------------------------------------------------------


def tour_forms(walk, rows, *, most):
    """Every form with the limits of all fields, in pairs; at most this many of each."""
    for name in PAGES:
        path = address(name, rows)
        if path is None or short(name) in ELSEWHERE or name in PUBLIC:
            continue
        if short(name).endswith(("_delete", "_changelist", "_history")):
            continue
        response = walk.open(path)
        for data in _filled_forms(response, most):
            walk.send(path, data)


def _filled_forms(response, most):
    forms = list(_forms(response.context))
    ends = {}
    for form in forms:
        for name, field in form.fields.items():
            if values := of_form_field(field):
                ends[form.add_prefix(name)] = values
    if not ends:
        return
    hidden = _management(response.context)
    rows = choose(ends) if len(ends) > 1 else [{n: v} for n in ends for v in ends[n]]
    for row in rows[:most]:
        yield hidden | row


def _forms(context):
    if not context:
        return
    for name in ("adminform", "form"):
        if name in context and context[name] is not None:
            form = context[name]
            yield getattr(form, "form", form)
            break
    for inline in context.get("inline_admin_formsets") or ():
        yield from inline.formset.forms


def _management(context):
    inlines = (context.get("inline_admin_formsets") if context else None) or ()
    return {
        f"{inline.formset.management_form.prefix}-{name}": value
        for inline in inlines
        for name, value in inline.formset.management_form.initial.items()
    }
