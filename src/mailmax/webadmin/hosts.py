"""Which names of this server a request may come under.

Theory:
    A page of another site can have its own name lead to our address (DNS rebinding)
    and then read our answers as its own. So only names that were configured are
    answered, and addresses, which no DNS can lead astray.

Standards: RFC 9110 §7.2, §15.5.20.
"""

import ipaddress
from collections.abc import Iterable
from http import HTTPStatus

from mailmax.webadmin.rest.problems import Problem

LOCAL = "localhost"


def check_host(host: str, names: Iterable[str]) -> None:
    """Refuse a request that comes under another name.

    Args:
        host: The header.
        names: Ours, in lower case.

    Raises:
        Problem: It is none of ours.
    """
    if is_ours(host, names):
        return
    status = HTTPStatus.MISDIRECTED_REQUEST
    hint = "add the name to [web] names in mailmax.toml"
    raise Problem(status, "host", "that is no name of this server", "host", hint)


def is_ours(host: str, names: Iterable[str]) -> bool:
    """Tell whether a Host header names this server.

    Args:
        host: The header.
        names: Ours, in lower case.
    """
    name = _without_port(host).rstrip(".").lower()
    return name == LOCAL or name in names or _is_address(name)


def _without_port(host: str) -> str:
    if host.startswith("["):
        inside, bracket, rest = host[1:].partition("]")
        is_whole = bracket and (not rest or _is_port(rest))
        return inside if is_whole else ""
    name, colon, port = host.partition(":")
    return name if not colon or _is_port(f":{port}") else ""


def _is_port(text: str) -> bool:
    return text[:1] == ":" and text[1:].isascii() and text[1:].isdecimal()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
