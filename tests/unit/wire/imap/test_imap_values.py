"""The shared values: names, dates, flags, strings (RFC 3501 §4, §5.1.3)."""

import pytest

from mailmax.store.mailboxes.values import Flag
from mailmax.wire.imap.codec.encode import (
    encode_astring,
    encode_date_time,
    encode_mailbox,
    encode_string,
)
from mailmax.wire.imap.codec.nesting import nests_too_deep
from mailmax.wire.imap.types.dates import parse_date_time, parse_day
from mailmax.wire.imap.types.flags import RENDERED, SYSTEM_FLAGS
from mailmax.wire.imap.types.mailbox_name import (
    decode_mailbox_name,
    decode_modified_utf7,
    encode_modified_utf7,
)
from mailmax.wire.imap.types.malformed import Unacceptable
from mailmax.wire.imap.types.sequence import SequenceSet, parse_sequence_set


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # §5.1.3
        (b"a&-b", "a&b"),
        (b"&AOQ-&-", "ä&"),
        (b"&2D3eAA-", "😀"),
        (b"%2e%2e", "%2e%2e"),
        (b"../x", "../x"),  # harmless: no path is made of it (TRUST E6)
    ],
)
def test_names_both_ways(wire: bytes, text: str) -> None:
    assert text == decode_modified_utf7(wire)
    assert wire == encode_modified_utf7(text)


@pytest.mark.parametrize(
    "wire",
    [
        b"&", b"&AOQ", b"&AGE-", b"&AOQ=-", b"&AO/-", b"&AOR-", b"&2AA-", b"&3AA-",
        b"&AAAA-", b"&ACY-", b"a\x7fb", b"a\xe4", b"&AH8-", b"&AIU-", b"&AOQ-&AOQ-",
        b"&A-", b"& AOQ-", b"a\0b",
    ],
)  # fmt: skip
def test_names_that_cannot_be(wire: bytes) -> None:
    with pytest.raises(Unacceptable):
        decode_modified_utf7(wire)


def test_inbox_is_upper_case_others_are_not() -> None:
    """RFC 3501 §5.1."""
    assert decode_mailbox_name(b"iNbOx") == "INBOX"
    assert decode_mailbox_name(b"inbox/Sub") == "INBOX/Sub"
    assert decode_mailbox_name(b"inboxes") == "inboxes"


def test_a_name_that_is_too_long_cannot_be() -> None:
    assert len(decode_mailbox_name(b"x" * 1024)) == 1024
    with pytest.raises(Unacceptable):
        decode_mailbox_name(b"x" * 1025)


def test_flags_are_numbered_like_the_store_s() -> None:
    assert {name[1:].decode(): bit for name, bit in SYSTEM_FLAGS.items()} == {
        flag.name: flag.value for flag in Flag
    }
    assert RENDERED[Flag.SEEN | Flag.DELETED | 32] == b"\\Seen \\Deleted \\Recent"


def test_dates_both_ways() -> None:
    assert parse_date_time(b" 1-Jan-1970 00:00:01 +0000") == 1000
    assert parse_date_time(b"01-Jan-1970 01:00:00 +0100") == 0
    assert encode_date_time(837571465000) == b'"17-Jul-1996 02:44:25 +0000"'
    assert encode_date_time(0) == b'" 1-Jan-1970 00:00:00 +0000"'
    assert encode_date_time(2**62) == b'" 1-Jan-1970 00:00:00 +0000"'
    assert encode_date_time(-1) == b'"31-Dec-1969 23:59:59 +0000"'
    assert encode_date_time(253402300799999) == b'"31-Dec-9999 23:59:59 +0000"'
    assert encode_date_time(253402300800000) == b'" 1-Jan-1970 00:00:00 +0000"'
    assert encode_date_time(-62135596800000) == b'" 1-Jan-0001 00:00:00 +0000"'
    assert parse_day(b"1-Jan-1970") == 0
    assert parse_day(b"31-dec-1969") == -1


@pytest.mark.parametrize(
    ("octets", "string", "astring"),
    [
        (b"abc", b'"abc"', b"abc"),
        (b"", b'""', b'""'),
        (b'a"b\\', b'"a\\"b\\\\"', b'"a\\"b\\\\"'),
        (b"a b", b'"a b"', b'"a b"'),
        (b"nil", b'"nil"', b'"nil"'),
        (b"a\r\nb", b"{4}\r\na\r\nb", b"{4}\r\na\r\nb"),
        (b"\xe4", b"{1}\r\n\xe4", b"{1}\r\n\xe4"),
        (b" " * 1001, b"{1001}\r\n" + b" " * 1001, b"{1001}\r\n" + b" " * 1001),
    ],
)
def test_strings_are_encoded(octets: bytes, string: bytes, astring: bytes) -> None:
    assert string == encode_string(octets)
    assert astring == encode_astring(octets)


def test_mailbox_names_are_quoted() -> None:
    assert encode_mailbox("日本") == b'"&ZeVnLA-"'


def test_sets_are_merged_and_never_expanded() -> None:
    """TRUST E4."""
    assert parse_sequence_set(b"4294967295:1") == SequenceSet(((1, 4294967295),))
    assert parse_sequence_set(b"5,1:3,4") == SequenceSet(((1, 5),))
    assert parse_sequence_set(b"9:*,*:7,*") == SequenceSet((), 7)
    assert parse_sequence_set(b"9:*").resolve(3) == ((3, 3),)  # 3 is in 3:9
    assert parse_sequence_set(b"*").resolve(0) == ()


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"(" * 20 + b")" * 20, False),
        (b"(" * 21, True),
        (b'"' + b"(" * 50 + b'"', False),
        (b'"\\"' + b"(" * 50 + b'"', False),
        (b"()" * 50, False),
    ],
)
def test_nesting_is_counted_outside_quotes(text: bytes, *, deep: bool) -> None:
    """TRUST E2."""
    assert deep is nests_too_deep(text)
