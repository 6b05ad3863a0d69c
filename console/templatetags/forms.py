"""What forms of the admin need besides Django's own."""

from django import template
from django.utils.safestring import SafeString

register = template.Library()

ASKS_FOR_A_MOMENT, UNCHECKED = 'type="datetime-local"', '_form" novalidate>'


@register.filter(is_safe=True)
def checked_by_browsers(page: SafeString) -> SafeString:
    """The page's form, checked where it asks for a moment.

    Of one that is filled in by half a browser sends nothing: without its check, what is stored
    would go. `console/base/moments.js` takes the check of everything else away.
    """
    if ASKS_FOR_A_MOMENT not in page:
        return page
    return SafeString(page.replace(UNCHECKED, UNCHECKED.replace(" novalidate", ""), 1))
