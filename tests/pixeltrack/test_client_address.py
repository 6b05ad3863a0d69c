"""Only what a trusted proxy wrote is believed about where a request came from."""

import pytest

from pixeltrack.client_address import client_address, network_of


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
        ("", None, 0, ""),
        ("unix:/run/socket", None, 0, ""),
    ],
)
def test_the_client_is_whom_the_outermost_trusted_proxy_saw(peer, forwarded, proxies, expected):
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
def test_an_address_is_known_by_its_network_only(address, network):
    assert network_of(address) == network
