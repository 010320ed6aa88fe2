"""Where the web is, and by which names it is asked: `[web]` of mailmax.toml."""

import ipaddress

import msgspec

from mailmax.settings.field import BadValue
from mailmax.settings.host_port import split_host_port

WEB_PORT = 80
"""Added to the base port; 8080 where there is none."""
_WEB_PORT_ALONE = 8080
_MOST_WEB_PLACES = 20
_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")


class WebSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the pages and the REST API are (`mailmax run webadmin`)."""

    listen: tuple[str, ...] | None = None
    """``HOST:PORT``, as many as you like; HOST is an IP address or ``*``. On loopback
    without TLS, elsewhere with it. Missing: 127.0.0.1, port 8080 (with a base_port:
    80 above that)."""
    names: tuple[str, ...] = ()
    """Under which names browsers may ask, beside ``hostname``, localhost and IP
    addresses."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies whose word on their clients is believed
    (``X-Forwarded-For``)."""


def web_port(base_port: int) -> int:
    """Return the port of the web where none is set."""
    return base_port + WEB_PORT if base_port else _WEB_PORT_ALONE


def is_loopback(address: str) -> bool:
    """Tell whether only programs of this computer reach that address."""
    return address != "*" and ipaddress.ip_address(address).is_loopback


def check_web(web: WebSettings) -> BadValue | None:
    """Say what is wrong with it; None: nothing."""
    listen = web.listen or ()
    for text in listen[:_MOST_WEB_PLACES]:
        place = split_host_port(text)
        if place is None or not _is_web_address(place[0]):
            cure = "give an IP address or * and a port, as in 127.0.0.1:8080"
            return BadValue("web.listen", f"{text!r} is no address", cure)
    if len(listen) > _MOST_WEB_PLACES or len(set(listen)) < len(listen):
        why = "an address stands there twice, or there are too many"
        return BadValue(
            "web.listen", why, f"name each once, {_MOST_WEB_PLACES} at most"
        )
    for name in web.names:
        if not name or not name.isascii() or set(name.lower()) - _OF_NAMES:
            cure = "give host names without scheme and port, as in mail.example.org"
            return BadValue("web.names", f"{name!r} is no host name", cure)
    for proxy in web.proxies:
        if not _is_network(proxy):
            cure = "give IP addresses, or networks as in 10.0.0.0/24"
            return BadValue("web.proxies", f"{proxy!r} is no address", cure)
    return None


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_web_address(address: str) -> bool:
    try:
        return address == "*" or str(ipaddress.ip_address(address)) == address
    except ValueError:
        return False
