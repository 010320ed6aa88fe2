"""Every command's parser, with the examples of the RFCs."""

import pytest

from mailmax.wire.imap.codec.cursor import Cursor
from mailmax.wire.imap.commands.append import Append, parse_head
from mailmax.wire.imap.commands.authenticate import Authenticate
from mailmax.wire.imap.commands.capability import Capability
from mailmax.wire.imap.commands.check import Check
from mailmax.wire.imap.commands.close import Close
from mailmax.wire.imap.commands.copy import Copy
from mailmax.wire.imap.commands.create import Create
from mailmax.wire.imap.commands.delete import Delete
from mailmax.wire.imap.commands.enable import Enable
from mailmax.wire.imap.commands.expunge import Expunge
from mailmax.wire.imap.commands.identify import Id
from mailmax.wire.imap.commands.idle import Idle
from mailmax.wire.imap.commands.list_mailboxes import List
from mailmax.wire.imap.commands.login import Login
from mailmax.wire.imap.commands.logout import Logout
from mailmax.wire.imap.commands.namespace import Namespace
from mailmax.wire.imap.commands.noop import Noop
from mailmax.wire.imap.commands.rename import Rename
from mailmax.wire.imap.commands.select import Select
from mailmax.wire.imap.commands.starttls import StartTls
from mailmax.wire.imap.commands.status import Status
from mailmax.wire.imap.commands.store import Store
from mailmax.wire.imap.commands.subscribe import Subscribe
from mailmax.wire.imap.commands.unselect import Unselect
from mailmax.wire.imap.commands.unsubscribe import Unsubscribe
from mailmax.wire.imap.parsers import PARSERS
from mailmax.wire.imap.states import RULES
from mailmax.wire.imap.types.flags import Flags
from mailmax.wire.imap.types.malformed import Malformed, Unacceptable
from mailmax.wire.imap.types.sequence import SequenceSet


def parse(text: bytes) -> object:
    """Parse ``VERB arguments`` (for UID commands: ``UID VERB arguments``)."""
    verb = max((v for v in PARSERS if text.upper().startswith(v)), key=len)
    return PARSERS[verb](Cursor(text, len(verb)))


SET_2_4 = SequenceSet(((2, 4),))

COMMANDS: list[tuple[bytes, object]] = [
    (b"CAPABILITY", Capability()),  # RFC 3501 §6.1.1
    (b"NOOP", Noop()),  # §6.1.2
    (b"LOGOUT", Logout()),  # §6.1.3
    (b"STARTTLS", StartTls()),  # §6.2.1
    (b"AUTHENTICATE GSSAPI", Authenticate(b"GSSAPI")),  # §6.2.2
    (b"AUTHENTICATE PLAIN dGVzdA==", Authenticate(b"PLAIN", b"dGVzdA==")),  # RFC 4959
    (b"AUTHENTICATE plain =", Authenticate(b"PLAIN", b"=")),
    (b"LOGIN SMITH SESAME", Login("SMITH", "SESAME")),  # §6.2.3
    (b'LOGIN "a b" "c\\"d\\\\"', Login("a b", 'c"d\\')),
    (b"LOGIN {6}\r\nTOBIAS {7}\r\nfo obar", Login("TOBIAS", "fo obar")),
    (b"LOGIN t {3+}\r\n\xc3\xa4b", Login("t", "äb")),
    (b"SELECT INBOX", Select("INBOX")),  # §6.3.1
    (b"SELECT inbox", Select("INBOX")),
    (b"SELECT INBOX (CONDSTORE)", Select("INBOX", condstore=True)),  # RFC 7162
    (b"EXAMINE blurdybloop", Select("blurdybloop", read_only=True)),  # §6.3.2
    (b"CREATE owatagusiam/", Create("owatagusiam")),  # §6.3.3
    (b"CREATE owatagusiam/blurdybloop", Create("owatagusiam/blurdybloop")),
    (b"DELETE foo/bar", Delete("foo/bar")),  # §6.3.4
    (b"RENAME zowie foo", Rename("zowie", "foo")),  # §6.3.5
    (b"SUBSCRIBE #news.comp.mail.mime", Subscribe("#news.comp.mail.mime")),  # §6.3.6
    (b"UNSUBSCRIBE a", Unsubscribe("a")),  # §6.3.7
    (b'LIST "" ""', List(b"", b"")),  # §6.3.8
    (b"LIST #news.comp.mail.misc %", List(b"#news.comp.mail.misc", b"%")),
    (b"LIST ~/Mail/ %", List(b"~/Mail/", b"%")),
    (b'LSUB "#news." "comp.*"', List(b"#news.", b"comp.*", subscribed=True)),  # §6.3.9
    (
        b"STATUS blurdybloop (UIDNEXT MESSAGES)",  # §6.3.10
        Status("blurdybloop", (b"UIDNEXT", b"MESSAGES")),
    ),
    (b"STATUS a (MESSAGES messages)", Status("a", (b"MESSAGES",))),
    (b"CHECK", Check()),  # §6.4.1
    (b"CLOSE", Close()),  # §6.4.2
    (b"EXPUNGE", Expunge()),  # §6.4.3
    (b"UID EXPUNGE 3000:3002", Expunge(SequenceSet(((3000, 3002),)))),  # RFC 4315 §2.1
    (b"COPY 2:4 MEETING", Copy(SET_2_4, "MEETING")),  # §6.4.7
    (b"UID COPY 2:4 MEETING", Copy(SET_2_4, "MEETING", by_uid=True)),
    (b"MOVE 2:4 MEETING", Copy(SET_2_4, "MEETING", move=True)),  # RFC 6851 §3.1
    (b"UID MOVE 2:4 foo", Copy(SET_2_4, "foo", by_uid=True, move=True)),
    (
        b"STORE 2:4 +FLAGS (\\Deleted)",  # §6.4.6
        Store(SET_2_4, "+", Flags(8)),
    ),
    (
        b"STORE 2:4 -FLAGS.SILENT \\Seen $Work",
        Store(SET_2_4, "-", Flags(1, ("$Work",)), silent=True),
    ),
    (
        b"UID STORE 2:4 (UNCHANGEDSINCE 320162338) FLAGS.SILENT (\\Deleted)",
        Store(SET_2_4, "=", Flags(8), True, True, 320162338),
    ),  # RFC 7162 §3.1.3
    (b"STORE 2:4 FLAGS ()", Store(SET_2_4, "=", Flags())),
    (b"IDLE", Idle()),  # RFC 2177 §3
    (b"NAMESPACE", Namespace()),  # RFC 2342 §5
    (b"UNSELECT", Unselect()),  # RFC 3691 §2
    (b"ENABLE CONDSTORE X-GOOD-IDEA", Enable((b"CONDSTORE", b"X-GOOD-IDEA"))),
    (b"ID NIL", Id(())),  # RFC 2971 §3.1
    (
        b'ID ("name" "sodr" "version" "19.34" "vendor" NIL)',
        Id(((b"name", b"sodr"), (b"version", b"19.34"), (b"vendor", None))),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "command"), COMMANDS)
def test_a_command_is_read(text: bytes, command: object) -> None:
    assert command == parse(text)


def test_each_verb_has_a_rule_and_a_parser() -> None:
    assert RULES.keys() == PARSERS.keys()


@pytest.mark.parametrize(
    "text",
    [
        b"NOOP ", b"NOOP x", b"LOGIN a", b"LOGIN a b c", b"LOGIN  a b",
        b"LOGIN a {5}\r\nb",
        b'LOGIN "a\0b" c', b'LOGIN "a\r\n" c', b'LOGIN "\xe4" c', b'LOGIN "a\\b" c',
        b'LOGIN "a c', b"LOGIN {2}\r\na\0 c", b"LOGIN \xe4 b", b"SELECT", b"SELECT a b",
        b"SELECT a (FOO)", b"SELECT a (CONDSTORE", b"LIST a", b"STATUS a ()",
        b"STATUS a (FOO)", b"STATUS a MESSAGES", b"STORE 0 FLAGS ()", b"STORE 1 FLAGS",
        b"STORE 1 FLAGS (\\Recent)", b"STORE 1 FLAGS (\\Foo)", b"STORE x FLAGS ()",
        b"STORE 1 +FLAG ()", b"STORE 4294967296 FLAGS ()", b"STORE 1: FLAGS ()",
        b"STORE 1 (UNCHANGEDSINCE x) FLAGS ()", b"COPY 1,,2 a", b"COPY 1 ", b"ENABLE",
        b"UID EXPUNGE", b"UID EXPUNGE {1}\r\n1", b"ID", b"ID (a b)", b'ID ("a")',
        b"STORE 1 FLAGS (" + b"k" * 65 + b")", b"APPEND INBOX", b"EXPUNGE 1",
        b"STORE 1 (UNCHANGEDSINCE 99999999999999999999) FLAGS ()",
    ],
)  # fmt: skip
def test_what_is_misspelt_is_bad(text: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text)

    assert not isinstance(caught.value, Unacceptable)
    assert caught.value.text.isascii()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"SELECT a&AC8-b", "CANNOT"),  # TRUST E6: an encoded /
        (b"SELECT &AC4ALgAv-", "CANNOT"),
        (b"SELECT &AAA-", "CANNOT"),
        (b"CREATE &AA0ACg-", "CANNOT"),
        (b"CREATE &2AA-", "CANNOT"),
        (b"CREATE &", "CANNOT"),
        (b"CREATE {3}\r\na\xe4b", "CANNOT"),
        (b"CREATE " + b"x" * 1025, "CANNOT"),
        (b"LOGIN t {2}\r\n\xe4b", "AUTHENTICATIONFAILED"),
        (b'LOGIN t ""', "AUTHENTICATIONFAILED"),
        (b"LOGIN t " + b"x" * 1025, "AUTHENTICATIONFAILED"),
        (b"SEARCH CHARSET utf-7 ALL", "BADCHARSET (US-ASCII UTF-8)"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(text: bytes, code: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        parse(text)

    assert code == caught.value.code


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (
            b"APPEND saved-messages (\\Seen) {310}",  # RFC 3501 §6.3.11
            Append("saved-messages", Flags(1), None, 310),
        ),
        (
            b'APPEND drafts (\\Seen \\Draft $X) " 7-Feb-1994 22:43:04 -0800" {30+}',
            Append("drafts", Flags(17, ("$X",)), 760689784000, 30, synchronizing=False),
        ),
        (
            b'APPEND {5}\r\na b c "17-Jul-1996 02:44:25 +0000" {1}',
            Append("a b c", Flags(), 837571465000, 1),
        ),
    ],
)
def test_the_head_of_an_append_is_read(text: bytes, head: Append) -> None:
    assert head == parse_head(Cursor(text, 6))


@pytest.mark.parametrize(
    "text",
    [
        b"APPEND a {1", b"APPEND a {1}x", b"APPEND a () b {1}",
        b"APPEND a {12345678901}",
        b'APPEND a "no date" {1}', b'APPEND a "31-Feb-2020 00:00:00 +0000" {1}',
        b'APPEND a " 1-Foo-2020 00:00:00 +0000" {1}',
        b'APPEND a " 1-Jan-0000 00:00:00 +0000" {1}',
        b'APPEND a " 1-Jan-2020 00:00:00 +9999" {1}',
    ],
)  # fmt: skip
def test_a_wrong_head_is_bad(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_head(Cursor(text, 6))


def test_a_password_is_in_no_repr() -> None:
    assert "sesame" not in repr(Login("tim", "sesame"))
