"""The kinds of values that settings have: from text or a decoded value to a value.

Rules:
    Every checker takes what a person types (text) and what the database or a file
    holds (already decoded), and is stable: its result, fed again, gives itself.
"""

import ipaddress
import re
from typing import Any

from mailmax.base.address import Address, lower_ascii, unquote_local
from mailmax.base.units import GIB, KIB
from mailmax.settings.field import BadValue, Checker
from mailmax.settings.host_port import HIGHEST_PORT, split_host_port

_YES = frozenset({"yes", "on", "true", "1"})
_NO = frozenset({"no", "off", "false", "0"})
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_LONGEST_NUMBER = 10
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""But for tab and LF: what no text has."""
_MOST_NAME_SERVERS = 8
_LONGEST_PATH = 500
_LONGEST_SECRET = 500
LMTP = "lmtp:"
_MOST_BLOCK_LISTS = 20


def boolean(key: str, raw: Any) -> bool | BadValue:
    """On or off."""
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    return BadValue(key, f"{_shown(raw)} is neither on nor off", "give on or off")


def number(lowest: int, highest: int) -> Checker:
    """Make a checker of whole numbers in bounds."""

    def check(key: str, raw: Any) -> int | BadValue:
        value = _whole(raw)
        if value is None or not lowest <= value <= highest:
            return BadValue(
                key,
                f"{_shown(raw)} is no whole number in the bounds",
                f"give {lowest} to {highest}",
            )
        return value

    return check


def octets(lowest: int, highest: int) -> Checker:
    """Make a checker of sizes: a number, or one with k, M or G."""

    def check(key: str, raw: Any) -> int | BadValue:
        text = str(raw).strip().lower().removesuffix("b").removesuffix("i")
        unit = text[-1:] if text[-1:] in ("k", "m", "g") else ""
        value = _whole(text.removesuffix(unit).strip())
        if value is None or not lowest <= value * _UNITS[unit] <= highest:
            return BadValue(
                key,
                f"{_shown(raw)} is no size in the bounds",
                f"give {lowest} to {highest} octets (k, M and G are understood)",
            )
        return value * _UNITS[unit]

    return check


message_size: Checker = octets(64 * KIB, GIB)
"""Less than 64 KiB is no limit but an end to mail (RFC 5321 §4.5.3.1.7)."""


def none_or(inner: Checker) -> Checker:
    """Make a checker that lets 0 through, where it means that nothing is set."""

    def check(key: str, raw: Any) -> Any | BadValue:
        return 0 if _whole(raw) == 0 else inner(key, raw)

    return check


def choice(*words: str) -> Checker:
    """Make a checker of one word among a few."""

    def check(key: str, raw: Any) -> str | BadValue:
        word = str(raw).strip().lower()
        if word in words:
            return word
        return BadValue(
            key, f"{_shown(raw)} is none of them", f"give one of: {', '.join(words)}"
        )

    return check


def words_of(*words: str) -> Checker:
    """Make a checker of a list of some of a few words, in their own order."""

    def check(key: str, raw: Any) -> list[str] | BadValue:
        if isinstance(raw, str):
            raw = raw.replace(",", " ").split()
        typed = [str(one).lower() for one in raw]
        strange = next((one for one in typed if one not in words), None)
        if strange is not None:
            return BadValue(
                key, f"{_shown(strange)} is none of them", f"give {', '.join(words)}"
            )
        return [word for word in words if word in typed]

    return check


def one_line(most: int) -> Checker:
    """Make a checker of one printable line."""

    def check(key: str, raw: Any) -> str | BadValue:
        line = str(raw).strip()
        if len(line) <= most and (line.isprintable() or not line):
            return line
        return BadValue(
            key,
            "it is too long or has control characters",
            f"give at most {most} printable characters",
        )

    return check


person_name: Checker = one_line(200)


def text(most_octets: int) -> Checker:
    """Make a checker of text in lines; their ends become LF."""

    def check(key: str, raw: Any) -> str | BadValue:
        lines = str(raw).replace("\r\n", "\n").replace("\r", "\n")
        if len(lines.encode("utf-8", "surrogatepass")) > most_octets:
            return BadValue(key, "it is too long", f"give at most {most_octets} octets")
        if _CONTROLS.search(lines):
            return BadValue(
                key, "it has control characters", "give lines of printable text"
            )
        return lines

    return check


def directory(key: str, raw: Any) -> str | BadValue:
    """Take the whole path of a directory, as plain as it can be written."""
    path = str(raw).strip()
    parts = path.split("/")
    plain = parts[0] == "" and not {"", ".", ".."}.intersection(parts[1:])
    if plain and len(path) <= _LONGEST_PATH and path.isprintable():
        return path
    return BadValue(
        key, f"{_shown(raw)} is no whole path", "give one like /srv/mail/example.org"
    )


def optional(inner: Checker) -> Checker:
    """Make a checker that lets the empty text through."""

    def check(key: str, raw: Any) -> Any | BadValue:
        return "" if raw == "" else inner(key, raw)

    return check


def domain_name(key: str, raw: Any) -> str | BadValue:
    """Take a host or domain name in A-labels, in lower case (RFC 5321 §2.3.5)."""
    name = str(raw).strip().lower()
    if is_host_name(name):
        return name
    return BadValue(
        key,
        f"{_shown(raw)} is no host name",
        "give letters, digits, hyphens and dots, as in mail.example.org",
    )


def mail_address(key: str, raw: Any) -> str | BadValue:
    """Take a full address without brackets."""
    given, at, domain = str(raw).strip().rpartition("@")
    local = unquote_local(given) if at else None
    if local and len(local.encode()) <= 64 and is_host_name(domain):
        return str(Address(local, domain.lower()))
    return BadValue(key, f"{_shown(raw)} is no mail address", "give name@domain")


def mail_addresses(most: int) -> Checker:
    """Make a checker of a list of full addresses, each once."""

    def check(key: str, raw: Any) -> list[str] | BadValue:
        given = raw.replace(",", " ").split() if isinstance(raw, str) else list(raw)
        if len(given) > most:
            return BadValue(key, f"{len(given)} are too many", f"give at most {most}")
        found: dict[str, str] = {}
        for one in given:
            address = mail_address(key, one)
            if isinstance(address, BadValue):
                return address
            if lower_ascii(address) in found:
                return BadValue(key, f"{address} stands there twice", "give it once")
            found[lower_ascii(address)] = address
        return list(found.values())

    return check


def smart_host(key: str, raw: Any) -> str | BadValue:
    """Take a name or IP address, perhaps with a port."""
    text = str(raw).strip().lower()
    with_port = split_host_port(text)
    is_bare = text.startswith("[") and text.endswith("]")
    host = with_port[0] if with_port else text[1:-1] if is_bare else text
    if _is_ip(host) or is_host_name(host):
        return text
    cure = f"give a name or IP address, perhaps :PORT, 1 to {HIGHEST_PORT}"
    return BadValue(key, f"{_shown(raw)} is no host", cure)


def delivery_address(key: str, raw: Any) -> str | BadValue:
    """Take the same, perhaps behind ``lmtp:``, or the path of a socket behind that."""
    text = str(raw).strip()
    if not text.lower().startswith(LMTP):
        return smart_host(key, text)
    rest = text[len(LMTP) :]
    taken = (directory if rest.startswith("/") else smart_host)(key, rest)
    return taken if isinstance(taken, BadValue) else LMTP + taken


def scanner_address(key: str, raw: Any) -> str | BadValue:
    """Take the path of a socket, or an IP address with a port."""
    text = str(raw).strip()
    if text.startswith("/"):
        return directory(key, text)
    with_port = split_host_port(text)
    if with_port is not None and _is_ip(with_port[0]):
        return text
    return BadValue(
        key,
        f"{_shown(raw)} is neither a path nor an address",
        "give /PATH/OF/SOCKET or IP:PORT",
    )


def secret(key: str, raw: Any) -> str | BadValue:
    """Take a password as it is; it is in no message."""
    typed = str(raw)
    if len(typed) <= _LONGEST_SECRET and typed.isprintable():
        return typed
    return BadValue(
        key,
        "it is too long or has control characters",
        f"give at most {_LONGEST_SECRET} printable characters",
    )


def name_servers(key: str, raw: Any) -> list[str] | BadValue:
    """Take IP addresses, perhaps with ports, from a list or a text with commas."""
    if isinstance(raw, str):
        raw = [part for part in raw.replace(",", " ").split() if part]
    if not isinstance(raw, list) or len(raw) > _MOST_NAME_SERVERS:
        return BadValue(
            key, "it is no list of servers", f"give at most {_MOST_NAME_SERVERS}"
        )
    for one in raw:
        with_port = split_host_port(str(one))
        if not _is_ip(with_port[0] if with_port else str(one)):
            return BadValue(
                key,
                f"{_shown(one)} is no IP address",
                "give IP addresses, perhaps with :PORT, with commas between",
            )
    return [str(one) for one in raw]


def block_lists(key: str, raw: Any) -> list[str] | BadValue:
    """Take zones, perhaps with an IP address that is asked, from a list or a text."""
    if isinstance(raw, str):
        raw = [part.strip() for part in raw.split(",") if part.strip()]
    if not isinstance(raw, list) or len(raw) > _MOST_BLOCK_LISTS:
        return BadValue(
            key, "it is no list of lists", f"give at most {_MOST_BLOCK_LISTS}"
        )
    entries = [str(one).lower().removesuffix(".") for one in raw]
    for entry in entries:
        zone, at, server = entry.partition("@")
        with_port = split_host_port(server)
        if not is_host_name(zone) or (
            at and not _is_ip(with_port[0] if with_port else server)
        ):
            return BadValue(
                key,
                f"{_shown(entry)} is no block list",
                "give ZONE, ZONE@IP or ZONE@IP:PORT, with commas between",
            )
    if len(set(entries)) < len(entries):
        return BadValue(key, "a list stands there twice", "name it once")
    return entries


def is_host_name(name: str) -> bool:
    """Tell whether it is a name of A-labels (RFC 1123 §2.1, RFC 5321 §4.5.3.1.2)."""
    if not 0 < len(name) <= 253 or not name.isascii():
        return False
    labels = name.split(".")
    return all(_is_label(label) for label in labels) and not labels[-1].isdecimal()


def _is_label(label: str) -> bool:
    return (
        0 < len(label) <= 63
        and label[0] != "-"
        and label[-1] != "-"
        and label.replace("-", "a").isalnum()
    )


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _whole(raw: Any) -> int | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw
    digits = str(raw).strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _LONGEST_NUMBER:
        return None
    return int(digits)


def _shown(raw: Any) -> str:
    text = repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}…"
