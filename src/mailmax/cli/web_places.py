"""Where the pages are, as a browser is told.

Theory:
    `[web] listen` names sockets; an address for a browser needs a scheme and a host
    that can be reached: on loopback the web speaks HTTP, elsewhere HTTPS alone.

Rules:
    A token stands behind the ``#``: browsers send that part to nobody, so it gets into
    no log of a proxy, and into no `Referer`.
"""

import ipaddress

from mailmax.settings.local import LocalSettings
from mailmax.settings.web import is_loopback

SIGN_IN = "/admin/login#link="
"""The page that takes the token of a one-time link."""
_EVERYWHERE = "*"


def web_places(local: LocalSettings) -> tuple[str, ...]:
    """Return the address of each place in `[web] listen`, without a path.

    Args:
        local: Settings of this node. Where it has names for the web, the first of
            them stands for addresses that are no loopback.
    """
    name = local.web_names[0] if local.web_names else ""
    return tuple(_place(address, port, name) for address, port in local.web_listen)


def sign_in_address(place: str, token: str) -> str:
    """Return the address that signs in once.

    Args:
        place: Scheme, host and port.
        token: Of `SignInLink`.
    """
    return f"{place.rstrip('/')}{SIGN_IN}{token}"


def _place(address: str, port: int, name: str) -> str:
    if is_loopback(address):
        return f"http://{_host(address)}:{port}"
    return f"https://{name or _host(address)}:{port}"


def _host(address: str) -> str:
    if address == _EVERYWHERE:
        return "127.0.0.1"
    found = ipaddress.ip_address(address)
    if found.is_unspecified:
        return "127.0.0.1" if found.version == 4 else "[::1]"
    return str(found) if found.version == 4 else f"[{found}]"
