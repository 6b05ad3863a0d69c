"""The mail providers of recipients and the user agents that load pixels there; pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """A mail provider: its share of the contacts, the clients that open, and its prefetching.

    `machine_rate` is how often `machine` fetches the image by itself, within `machine_minutes` of
    sending.
    """

    domain: str
    share: float
    people: tuple[str, ...]
    machine: str = ""
    machine_rate: float = 0.0
    machine_minutes: float = 0.0


GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_CHECK = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
APPLE_PRIVACY = "Mozilla/5.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.6326; Pro)"
OUTLOOK_OLD = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/8.0; .NET4.0C; .NET4.0E; "
    "Microsoft Outlook 16.0.6366; ms-office; MSOffice 16)"
)
OUTLOOK_IOS = "Outlook-iOS/665.29827.prod.iphone (2.63.0)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)
SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 13; SM-S911B Build/TP1A.220624.014; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/119.0.6045.163 Mobile Safari/537.36"
)
SCANNER = "Go-http-client/1.1"

PROVIDERS = (
    Provider("gmail.example", 0.38, (GMAIL,), GMAIL_CHECK, 0.02, 1),
    Provider("icloud.example", 0.16, (IPHONE, IPHONE, MAC), APPLE_PRIVACY, 0.75, 90),
    Provider("outlook.example", 0.16, (OUTLOOK_IOS, CHROME, SAMSUNG)),
    Provider("yahoo.example", 0.09, (YAHOO,)),
    Provider("company.example", 0.15, (OUTLOOK, OUTLOOK, OUTLOOK_OLD), SCANNER, 0.6, 0.5),
    Provider("posteo.example", 0.06, (THUNDERBIRD, MAC, CHROME)),
)
PROVIDERS_BY_DOMAIN = {provider.domain: provider for provider in PROVIDERS}
