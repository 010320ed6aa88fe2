"""Whence a request came, through proxies (TRUST I9)."""

import pytest

from mailmax.settings.local import LocalFile
from mailmax.settings.web import WebSettings, check_web
from mailmax.webadmin.proxies import client_of, networks_of

OURS = networks_of(("127.0.0.1", "10.0.0.0/24", "2001:db8::/64"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "127.0.0.1", "192.0.2.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "203.0.113.66, 192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "127.0.0.1, 192.0.2.9, 10.0.0.7", "192.0.2.9"),
        ("2001:db8::7", "2001:DB8:0:1::9", "2001:db8:0:1::9"),
        ("127.0.0.1", "192.0.2.9, ", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.9:1234", "127.0.0.1"),
        ("", "192.0.2.9", ""),
    ],
)
def test_only_who_is_listed_is_believed_and_of_one_hop(peer, forwarded, client):
    assert client_of(peer, forwarded, OURS) == client


def test_nobody_is_listed_unless_somebody_is_named():
    assert LocalFile().web.proxies == ()
    assert client_of("127.0.0.1", "192.0.2.9", ()) == "127.0.0.1"


@pytest.mark.parametrize("proxy", ["", "proxy.test", "10.0.0.1/24", "*", "127.1"])
def test_a_proxy_is_an_address_or_a_network(proxy):
    wrong = check_web(WebSettings(proxies=("127.0.0.1", "10.0.0.0/8", proxy)))

    assert wrong is not None
    assert wrong.field == "web.proxies"
