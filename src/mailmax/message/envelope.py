"""ENVELOPE: the header's gist as IMAP sends it, ready to be written out.

Rules:
    Always valid syntax, whatever the header holds: missing fields are NIL, Sender and
    Reply-To fall back to From, an address without a domain gets an empty one (NIL
    would make it a group).

Standards:
    RFC 3501 §7.4.2 (ENVELOPE), §9 (envelope, address).
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from mailmax.message import address_list
from mailmax.message.header import FIELD_LIMIT_OCTETS, unfold
from mailmax.message.quoting import NIL, nstring, string

_CACHED_OCTETS = 200
_ATOMS = rb"[!#$%&'*+\-/0-9=?A-Z^_`a-z{|}~.]++"
# One address without comments, escapes or foreign octets: most of all addresses.
_SIMPLE = re.compile(
    rb"\s*+(?:"
    rb'(?:"([^"\\\x00-\x1f\x7f-\xff]*+)"|([\w !#$%&\'*+\-/=?^`{|}~]*+))\s*+'
    rb"<(" + _ATOMS + rb")@(" + _ATOMS + rb")>"
    rb"|(" + _ATOMS + rb")@(" + _ATOMS + rb"))\s*+"
)


def render(fields: Mapping[bytes, bytes]) -> bytes:
    """Write the ENVELOPE of a header.

    Args:
        fields: First value of each field by lower-case name (`header.first_fields`).
    """
    get = fields.get
    sender = addresses(get(b"from"))
    return b" ".join(
        (
            b"(" + _text(get(b"date")),
            _text(get(b"subject")),
            sender,
            _or(addresses(get(b"sender")), sender),
            _or(addresses(get(b"reply-to")), sender),
            addresses(get(b"to")),
            addresses(get(b"cc")),
            addresses(get(b"bcc")),
            _text(get(b"in-reply-to")),
            _text(get(b"message-id")) + b")",
        )
    )


def _or(first: bytes, second: bytes) -> bytes:
    return second if first is NIL else first


def _text(value: bytes | None) -> bytes:
    return NIL if value is None else string(unfold(value[:FIELD_LIMIT_OCTETS]))


def addresses(value: bytes | None) -> bytes:
    """Write an address list, or NIL when there is no address in it."""
    if value is None:
        return NIL
    if len(value) <= _CACHED_OCTETS:
        return _cached(value)
    return _render(value)


def _render(value: bytes) -> bytes:
    found = _SIMPLE.fullmatch(value)
    if found is None:
        return _render_any(value)
    quoted, plain, local, domain, bare_local, bare_domain = found.groups()
    if bare_local is not None:
        return b'((NIL NIL "%b" "%b"))' % (bare_local, bare_domain)
    name = (quoted or plain or b"").strip()
    return b"((%b NIL %b %b))" % (
        b'"' + name + b'"' if name else NIL,
        b'"' + local + b'"',
        b'"' + domain + b'"',
    )


_cached = lru_cache(maxsize=2048)(_render)


def _render_any(value: bytes) -> bytes:
    entries = address_list.parse(unfold(value[:FIELD_LIMIT_OCTETS]))
    if not entries:
        return NIL
    return b"(%b)" % b"".join(
        b"(%b %b %b %b)" % tuple(nstring(item) for item in entry) for entry in entries
    )
