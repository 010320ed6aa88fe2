"""Values to octets: the words of responses.

Theory:
    A string is quoted where it may be, else a literal; an astring is an atom where it
    may be. What came from mail or from names goes through here, so nothing of it can
    end a response early.

Standards:
    RFC 3501 §4.3 (strings), §9 (date-time).
"""

import re
from datetime import date
from functools import lru_cache

from mailmax.wire.imap.types.mailbox_name import encode_modified_utf7

_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_UNQUOTABLE = re.compile(rb"[\x00\r\n\x80-\xff]")
LONGEST_QUOTED = 1000
"""Longer ones go as literals: kinder to clients with line buffers (RFC 2683 §3.2.1)."""

_DAY_S = 86_400
_HOUR_S = 3600
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY = date.min.toordinal() - _EPOCH
_LAST_DAY = date.max.toordinal() - _EPOCH
MONTHS = (
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun",
    b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
)  # fmt: skip


def encode_string(octets: bytes) -> bytes:
    """Write a quoted string, or a literal where that cannot be."""
    if len(octets) > LONGEST_QUOTED or _UNQUOTABLE.search(octets):
        return b"{%d}\r\n%b" % (len(octets), octets)
    return b'"%b"' % octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def encode_astring(octets: bytes) -> bytes:
    """Write an atom where that is possible, else a string."""
    if _ASTRING.fullmatch(octets) and octets.upper() != b"NIL":
        return octets
    return encode_string(octets)


def encode_mailbox(name: str) -> bytes:
    """Write a mailbox name; always quoted, as clients expect it in LIST."""
    return encode_string(encode_modified_utf7(name))


def encode_date_time(unix_ms: int) -> bytes:
    """Write INTERNALDATE in UTC; times outside the calendar become 1970."""
    day, second = divmod(unix_ms // 1000, _DAY_S)
    if not _FIRST_DAY <= day <= _LAST_DAY:
        day = second = 0
    hour, second = divmod(second, _HOUR_S)
    return b'"%b %02d:%02d:%02d +0000"' % (_encode_day(day), hour, *divmod(second, 60))


@lru_cache(1024)
def _encode_day(day: int) -> bytes:
    """Write a day counted from 1970; messages of one mailbox share a few."""
    at = date.fromordinal(_EPOCH + day)
    return b"%2d-%b-%04d" % (at.day, MONTHS[at.month - 1], at.year)
