r"""What MAIL and RCPT may ask of all who pass the message on: values to facts.

    NOTIFY=     "NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )
    ORCPT=      addr-type ";" xtext
    RET=        "FULL" / "HDRS"
    ENVID=      xtext
    HOLDFOR=    %x31-39 *8DIGIT
    HOLDUNTIL=  date-time, in UTC
    BY=         [ "-" / "+" ] 1*9DIGIT ";" ( "N" / "R" ) [ "T" ]
    MT-PRIORITY= ( [ "-" ] %x31-39 ) / "0"

Theory:
    A keyword that was not said has an empty value here: `grammar.parse_parameters`
    lets none through that is said and empty. Mail without these parameters never
    comes here.

Rules:
    What comes out of xtext is looked at again (TRUST B2). What is left is printable
    ASCII, also of an address in UTF-8: its other characters stand as ``\x{…}``
    (RFC 6533 §3), a form that fits into every report.

Limits:
    ENVID 100 octets, ORCPT 500 (RFC 3461 §4.2, §4.4).

Standards:
    RFC 3461 §4 (DSN), RFC 6533 §3 (utf-8), RFC 4865 §4 (FUTURERELEASE), RFC 2852 §4
    (DELIVERBY), RFC 6710 §3 (MT-PRIORITY), RFC 8689 §2 (REQUIRETLS).
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from mailmax.wire.smtp.commands import Asked
from mailmax.wire.smtp.grammar import SyntaxFault, decode_xtext, is_atom

ENVID_LIMIT = 100
ORCPT_LIMIT = 500

HOLDING = frozenset({b"HOLDFOR", b"HOLDUNTIL"})
REQUIRE_TLS = b"REQUIRETLS"
OF_MAIL = frozenset({b"RET", b"ENVID", b"BY", b"MT-PRIORITY"})
"""Offered to everybody."""
OF_RCPT = frozenset({b"NOTIFY", b"ORCPT"})

Parameters = Mapping[bytes, bytes | None]
ValueT = TypeVar("ValueT")

_NOTICES = ("SUCCESS", "FAILURE", "DELAY")
_INTERVAL = re.compile(rb"[1-9][0-9]{0,8}")
_BY = re.compile(rb"([-+]?[0-9]{1,9});([NR]T?)", re.IGNORECASE)
_PRIORITY = re.compile(rb"-?[1-9]|0")
_MOMENT = re.compile(
    rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?[Zz]"
)
_TO_SECONDS = 19
"""Octets of a date and time without fractions."""


def read_asked(parameters: Parameters) -> Asked:
    """Read what MAIL asks for; keywords of others are passed over.

    Raises:
        SyntaxFault: A value is malformed, or two contradict each other.
    """
    by_s, by_mode = _read(parameters, "BY", _deliver_by)
    hold_for_s = _read(parameters, "HOLDFOR", _hold_for)
    hold_until_s = _read(parameters, "HOLDUNTIL", _hold_until)
    if hold_for_s and hold_until_s:
        raise SyntaxFault("HOLDUNTIL")  # RFC 4865 §4: one of them
    return Asked(
        envelope_id=_read(parameters, "ENVID", _envelope_id),
        returns=_read(parameters, "RET", _returns),
        hold_for_s=hold_for_s,
        hold_until_s=hold_until_s,
        by_s=by_s,
        by_mode=by_mode,
        priority=_read(parameters, "MT-PRIORITY", _priority),
        require_tls=_is_said(parameters, REQUIRE_TLS),
    )


def read_notices(parameters: Parameters, *, smtputf8: bool) -> tuple[str, str]:
    """Read what RCPT asks for: NOTIFY and ORCPT; empty what was not said.

    Raises:
        SyntaxFault: A value is malformed.
    """
    original = _wide_original if smtputf8 else _original
    return _read(parameters, "NOTIFY", _notify), _read(parameters, "ORCPT", original)


def _read(
    parameters: Parameters, keyword: str, reader: Callable[[bytes], ValueT]
) -> ValueT:
    """Read one value; a fault in it is that parameter's."""
    value = parameters.get(keyword.encode(), b"")
    if value is None:
        raise SyntaxFault(keyword)  # it was said without one
    try:
        return reader(value)
    except SyntaxFault:
        raise SyntaxFault(keyword) from None


def _is_said(parameters: Parameters, keyword: bytes) -> bool:
    """Tell whether a keyword stands there that takes no value."""
    if parameters.get(keyword) is not None:
        raise SyntaxFault(keyword.decode())
    return keyword in parameters


def _envelope_id(value: bytes) -> str:
    if len(value) > ENVID_LIMIT:
        raise SyntaxFault
    return decode_xtext(value).decode()


def _returns(value: bytes) -> str:
    word = value.upper()
    if word not in (b"", b"FULL", b"HDRS"):
        raise SyntaxFault
    return word.decode()


def _hold_for(value: bytes) -> int:
    if value and not _INTERVAL.fullmatch(value):
        raise SyntaxFault
    return int(value or b"0")


def _hold_until(value: bytes) -> int:
    """Give Unix time; fractions of a second are cut off."""
    if not value:
        return 0
    if not _MOMENT.fullmatch(value):
        raise SyntaxFault
    text = value[:_TO_SECONDS].decode().upper()
    try:
        moment = datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        raise SyntaxFault from None  # the 30th of February
    return max(int(moment.timestamp()), 1)


def _deliver_by(value: bytes) -> tuple[int, str]:
    if not value:
        return 0, ""
    found = _BY.fullmatch(value)
    if found is None:
        raise SyntaxFault
    by_s, by_mode = int(found[1]), found[2].upper().decode()
    if by_s <= 0 and by_mode.startswith("R"):
        raise SyntaxFault  # RFC 2852 §4.1: it could only be returned
    return by_s, by_mode


def _priority(value: bytes) -> int:
    if value and not _PRIORITY.fullmatch(value):
        raise SyntaxFault
    return int(value or b"0")


def _notify(value: bytes) -> str:
    """Give the words in their usual order, each once."""
    if not value:
        return ""
    words = set(value.upper().decode("ascii", "replace").split(","))
    if words == {"NEVER"}:
        return "NEVER"
    if not words <= set(_NOTICES):
        raise SyntaxFault
    return ",".join(word for word in _NOTICES if word in words)


def _wide_original(value: bytes) -> str:
    return _original(value, smtputf8=True)


def _original(value: bytes, *, smtputf8: bool = False) -> str:
    if not value:
        return ""
    kind, semicolon, address = value.partition(b";")
    if len(value) > ORCPT_LIMIT or not semicolon or not address or not is_atom(kind):
        raise SyntaxFault
    if not address.isascii():
        if not smtputf8 or kind.lower() != b"utf-8":
            raise SyntaxFault
        address = _in_ascii(address)
    return f"{kind.decode()};{decode_xtext(address).decode()}"


def _in_ascii(address: bytes) -> bytes:
    r"""Put ``\x{…}`` for each character beyond ASCII (RFC 6533 §3)."""
    try:
        text = address.decode()
    except UnicodeDecodeError:
        raise SyntaxFault from None
    if not text.isprintable():
        raise SyntaxFault
    return "".join(c if c.isascii() else f"\\x{{{ord(c):X}}}" for c in text).encode()
