"""The client address is taken from what trusted proxies wrote, and from nothing else."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.client_address import account_of, client_address, network_of, plain


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("192.0.2.1", None, 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", 1, "203.0.113.9"),
        ("192.0.2.1", "6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),
        ("192.0.2.1", "6.6.6.6, 203.0.113.9, 198.51.100.2", 2, "203.0.113.9"),
        # Fewer entries than proxies: the request came in behind the outermost one.
        ("192.0.2.1", "203.0.113.9", 3, "203.0.113.9"),
        ("192.0.2.1", None, 1, "192.0.2.1"),
        ("192.0.2.1", " , ", 1, "192.0.2.1"),
        ("192.0.2.1", "unknown", 1, ""),
        ("192.0.2.1", "<script>", 1, ""),
        ("192.0.2.1", "2001:db8::7", 1, "2001:db8::7"),
        ("192.0.2.1", "6.6.6.6:1, 203.0.113.9:4711, [2001:db8::1]:443", 2, "203.0.113.9"),
        ("::ffff:192.0.2.1", None, 0, "192.0.2.1"),
        ("", None, 0, ""),
        ("unix:/run/socket", None, 0, ""),
    ],
)
def test_the_client_is_the_address_seen_by_the_outermost_proxy(peer, forwarded, proxies, expected):
    environ = {"REMOTE_ADDR": peer}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    assert client_address(environ, trusted_proxies=proxies) == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::1", "::/48"),
        ("", ""),
        ("192.0.2.77/32", ""),
        ("nonsense", ""),
    ],
)
def test_only_the_network_of_an_address_is_kept(address, network):
    assert network_of(address) == network


FORMS = ["{}", '"{}"', "for={}", 'For="{}"', "for={};proto=https", 'for="{}";by=10.0.0.1;host=a']
V4_FORMS = ["{}", "{}:0", "{}:65535", "::ffff:{}", "[::FFFF:{}]", "[::ffff:{}]:8080"]
V6_FORMS = ["{}", "[{}]", "[{}]:443", "{}%eth0", "[{}%25eth0]", "[{}%eth0]:443"]


@given(st.ip_addresses(), st.sampled_from(FORMS), st.integers(0, 5))
def test_an_address_is_read_however_a_proxy_writes_it(address, form, number):
    inner = (V4_FORMS if address.version == 4 else V6_FORMS)[number]
    expected = getattr(address, "ipv4_mapped", None) or address
    assert plain(form.format(inner.format(address))) == str(expected)


@pytest.mark.parametrize("address", ["2001:DB8::1", "2001:0db8:0:0:0:0:0:1", "[2001:db8::0.0.0.1]"])
def test_one_client_has_one_address(address):
    assert plain(address) == "2001:db8::1"


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "unknown",
        "_hidden",
        "for=unknown",
        "for=",
        "203.0.113.9:",
        "203.0.113.9:http",
        "203.0.113.9:123456",
        "203.0.113.256:1",
        "203.0.113.9/24",
        "[203.0.113.9]",
        "[2001:db8::1",
        "2001:db8::1]:443",
        "2001:db8::1::2",
        "12345::",
        "\u0661.2.3.4",
        "unix:/run/socket",
        "fe80::1%eth0]x",
    ],
)
def test_an_invalid_address_is_unknown(entry):
    assert plain(entry) == ""


@given(st.text(max_size=60))
def test_any_entry_is_read_without_an_error(entry):
    assert plain(entry) == "" or ipaddress.ip_address(plain(entry))


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("192.0.2.77", "192.0.2.77"),
        ("::ffff:192.0.2.77", "192.0.2.77"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::4", "2001:db8:1:2::"),
        ("2001:db8:1:3::4", "2001:db8:1:3::"),
        ("", ""),
    ],
)
def test_an_ipv6_client_is_counted_by_its_network(address, account):
    assert account_of(address) == account
