"""IMAPMax through real sockets, with the standard library's client."""

import imaplib
import ssl
import time

import pytest

from fix_imap import ImapRoom, MakeImap
from fix_tls import LoopbackTls
from mailmax.hub.porter import let_in

MAIL = (
    b"From: Tim <tim@example.com>\r\nTo: ann@example.com\r\nSubject: One\r\n"
    b"Date: Wed, 17 Jul 1996 02:44:25 -0700\r\n\r\nHello Ann\r\n"
)
OTHER = (
    b"From: x@example.org\r\nSubject: =?utf-8?q?Zw=C3=B6lf?=\r\n\r\nnothing here\r\n"
)


def test_a_whole_session(imap: ImapRoom) -> None:
    imap.deliver(MAIL, OTHER)

    with imap.client() as client:
        assert client.select() == ("OK", [b"2"])
        assert client.response("RECENT")[1] == [b"2"]
        assert client.fetch("1", "(RFC822.SIZE UID)")[1] == [
            b"1 (RFC822.SIZE %d UID 1)" % len(MAIL)
        ]
        assert client.fetch("1", "(BODY.PEEK[])")[1][0] == (
            b"1 (BODY[] {%d}" % len(MAIL),
            MAIL,
        )
        assert client.search(None, "SUBJECT", "one")[1] == [b"1"]
        assert client.store("1", "+FLAGS", "(\\Deleted)")[1] == [
            b"1 (UID 1 FLAGS (\\Deleted \\Recent))"
        ]
        assert client.expunge()[1] == [b"1"]
        assert client.search(None, "ALL")[1] == [b"1"]
        assert client.uid("SEARCH", "ALL")[1] == [b"2"]
        assert client.close()[0] == "OK"
        assert client.logout()[0] == "BYE"


def test_append_gives_the_mail_back(imap: ImapRoom) -> None:
    with imap.client() as client:
        answer = client.append(
            "INBOX", "(\\Seen $Work)", '"17-Jul-1996 02:44:25 +0200"', MAIL
        )
        assert answer[1][0].endswith(b" 1] APPEND completed")
        client.select()

        (row, body), end = client.fetch("1", "(FLAGS INTERNALDATE RFC822)")[1]

    assert body == MAIL
    assert b"FLAGS (\\Seen \\Recent $Work)" in row
    assert b'INTERNALDATE "17-Jul-1996 00:44:25 +0000"' in row
    assert end == b")"


def test_reading_a_body_sets_seen_unless_peeked(imap: ImapRoom) -> None:
    """RFC 3501 §6.4.5."""
    imap.deliver(MAIL)

    with imap.client() as client:
        client.select()
        client.fetch("1", "(BODY.PEEK[TEXT])")
        assert client.search(None, "UNSEEN")[1] == [b"1"]
        found = client.fetch("1", "(BODY[TEXT])")[1]
        assert found[0] == (b"1 (BODY[TEXT] {11}", b"Hello Ann\r\n")
        assert found[2] == b"1 (UID 1 FLAGS (\\Seen \\Recent))"
        assert client.search(None, "UNSEEN")[1] == [b""]


def test_examine_changes_nothing(imap: ImapRoom) -> None:
    """RFC 3501 §6.3.2."""
    imap.deliver(MAIL)

    with imap.client() as client:
        client.select("INBOX", readonly=True)
        client.fetch("1", "(BODY[])")
        assert client.search(None, "UNSEEN")[1] == [b"1"]
        assert client.store("1", "+FLAGS", "(\\Seen)") == (
            "NO",
            [b"[READ-ONLY] The mailbox is read-only"],
        )


@pytest.mark.parametrize(
    ("item", "octets"),
    [
        ("BODY.PEEK[HEADER.FIELDS (subject X-None)]", b"Subject: One\r\n\r\n"),
        ("BODY.PEEK[1]", b"Hello Ann\r\n"),
        ("BODY.PEEK[]<6.3>", b"Tim"),
        ("BODY.PEEK[TEXT]<100.5>", b""),
        ("RFC822.TEXT", b"Hello Ann\r\n"),
        (
            "BODY.PEEK[HEADER.FIELDS.NOT (From To Date)]<0.7>",
            b"Subject",
        ),
    ],
)
def test_sections(imap: ImapRoom, item: str, octets: bytes) -> None:
    imap.deliver(MAIL)

    with imap.client() as client:
        client.select()
        (found, *_) = client.fetch("1", f"({item})")[1]

    assert isinstance(found, tuple)
    assert found[1] == octets


@pytest.mark.parametrize("item", ["BODY.PEEK[2]", "BODY.PEEK[1.1.1.1]"])
def test_a_section_that_is_not_there_is_nil(imap: ImapRoom, item: str) -> None:
    """TRUST E11."""
    imap.deliver(MAIL)

    with imap.client() as client:
        client.select()
        assert client.fetch("1", item)[1][0].endswith(b"] NIL)")


def test_a_large_body_comes_in_pieces_and_whole(imap: ImapRoom) -> None:
    body = MAIL + b"0123456789abcdef" * 100_000
    imap.deliver(body)

    with imap.client() as client:
        client.select()
        assert client.fetch("1", "(UID BODY.PEEK[])")[1][0][1] == body


SEARCHES = [
    ("ALL", b"1 2 3"),
    ("1,3", b"1 3"),
    ("UID 2:*", b"2 3"),
    ("SEEN", b"2"),
    ("NOT SEEN", b"1 3"),
    ("OR SEEN DRAFT", b"2 3"),
    ("SUBJECT one", b"1"),
    ("FROM TIM@", b"1"),
    ("SUBJECT {6}", b"2"),
    ("HEADER Content-Type html", b"3"),
    ("HEADER X-Nothing x", b""),
    ('HEADER Date ""', b"1"),
    ("BODY ann", b"1"),
    ("BODY subject", b""),
    ("TEXT subject", b"1 2"),
    ("BODY geheim", b"3"),
    ("TEXT R2VoZWlt", b""),
    ("NOT TEXT hello", b"2 3"),
    ("KEYWORD $work", b"3"),
    ("UNKEYWORD $Work", b"1 2"),
    ("LARGER 100 SMALLER 130", b"1"),
    ("SENTON 17-Jul-1996", b"1"),
    ("SENTBEFORE 1-Jan-1996", b""),
    ("SINCE 17-Jul-1996 BEFORE 18-Jul-1996", b"1 2 3"),
    ("ON 18-Jul-1996", b""),
    ("RECENT", b"1 2 3"),
    ("NEW", b"1 3"),
    ("OLD", b""),
    ("(SEEN) (OR (SUBJECT one) ALL)", b"2"),
    ("TEXT {6}", b"2"),
]


@pytest.mark.parametrize(("key", "found"), SEARCHES)
def test_search(imap: ImapRoom, key: str, found: bytes) -> None:
    imap.deliver(MAIL)
    imap.deliver(OTHER, flags=1)
    imap.deliver(
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"R2VoZWlt\r\n",
        flags=16,
        keywords=("$Work",),
    )

    with imap.client() as client:
        client.select()
        if "{6}" in key:
            client.literal = "zwölf ".strip().encode()
            key = key.removesuffix(" {6}")
        assert client.search("UTF-8", key)[1] == [found]


def test_mailboxes_come_and_go(imap: ImapRoom) -> None:
    with imap.client() as client:
        assert client.create("a/b/c")[0] == "OK"
        assert client.create("a/b") == (
            "NO",
            [b"[ALREADYEXISTS] There is such a mailbox"],
        )
        assert client.rename("a/b", "x/y")[0] == "OK"
        assert client.list('""', "x*")[1] == [
            b'(\\HasChildren) "/" "x"',
            b'(\\HasChildren) "/" "x/y"',
            b'(\\HasNoChildren) "/" "x/y/c"',
        ]
        assert client.delete("x/y/c")[0] == "OK"
        assert client.delete("nix")[1] == [b"[NONEXISTENT] No such mailbox"]
        assert client.delete("INBOX")[0] == "NO"
        assert client.list('""', "X/%")[1] == [None]
        assert client.list('""', "Tra%")[1] == [
            b'(\\HasNoChildren \\Trash) "/" "Trash"'
        ]
        assert client.list('""', "inbox")[1] == [b'(\\HasNoChildren) "/" "INBOX"']
        assert client.list('""', '""')[1] == [b'(\\Noselect) "/" ""']


def test_subscriptions(imap: ImapRoom) -> None:
    """RFC 3501 §6.3.6, §6.3.9."""
    with imap.client() as client:
        client.subscribe("work/today/now")
        assert client.lsub('""', "work/*")[1] == [b'(\\Noselect) "/" "work/today/now"']
        assert client.lsub('""', "work%")[1] == [b'(\\Noselect) "/" "work"']
        client.unsubscribe("work/today/now")
        assert client.lsub('""', "work*")[1] == [None]


@pytest.mark.parametrize(
    "name", ["a//b", "/a", "a*", "x" * 300, "/".join("abcdefghijklmnopqrstuvw")]
)
def test_names_that_may_not_be(imap: ImapRoom, name: str) -> None:
    with imap.client() as client:
        typ, answer = client.create(f'"{name}"')

    assert typ == "NO"
    assert answer[0].startswith(b"[CANNOT]")


def test_status(imap: ImapRoom) -> None:
    imap.deliver(MAIL, OTHER, flags=1)
    imap.deliver(MAIL)

    with imap.client() as client:
        answer = client.status("INBOX", "(MESSAGES UNSEEN UIDNEXT RECENT)")
        assert answer[1] == [b'"INBOX" (MESSAGES 3 UNSEEN 1 UIDNEXT 4 RECENT 3)']
        assert client.status("nix", "(MESSAGES)")[0] == "NO"


def test_copy_and_move(imap: ImapRoom) -> None:
    imap.deliver(MAIL, OTHER, MAIL)

    with imap.client() as client:
        client.select()
        assert client.copy("1:2", "nix") == ("NO", [b"[TRYCREATE] No such mailbox"])
        answer = client.copy("1:2", "Sent")[1][0]
        assert answer.endswith(b" 1:2 1:2] COPY completed")
        assert client._simple_command("MOVE", "1,3", "Trash")[0] == "OK"
        assert client.response("EXPUNGE")[1] == [b"3", b"1"]
        assert client.uid("SEARCH", "ALL")[1] == [b"2"]
        assert client.status("Trash", "(MESSAGES)")[1] == [b'"Trash" (MESSAGES 2)']


def test_starttls_then_login(make_imap: MakeImap, loopback_tls: LoopbackTls) -> None:
    room = make_imap(tls=True, meet=let_in)

    client = imaplib.IMAP4("127.0.0.1", room.port, timeout=10)
    assert "LOGINDISABLED" in client.capabilities
    assert "AUTH=PLAIN" not in client.capabilities
    with pytest.raises(imaplib.IMAP4.error, match="PRIVACYREQUIRED"):
        client.login("tim", "open sesame")
    assert room.hub.asked == []
    client.starttls(loopback_tls.client)
    assert "AUTH=PLAIN" in client.capabilities
    assert "STARTTLS" not in client.capabilities
    assert client.login("tim", "open sesame")[0] == "OK"
    client.logout()


def test_implicit_tls(make_imap: MakeImap, loopback_tls: LoopbackTls) -> None:
    room = make_imap(tls=True, meet=let_in)

    client = imaplib.IMAP4_SSL(
        "127.0.0.1", room.tls_port, ssl_context=loopback_tls.client, timeout=10
    )
    assert isinstance(client.sock, ssl.SSLSocket)
    assert client.authenticate("PLAIN", lambda _: b"\0tim\0open sesame")[0] == "OK"
    assert room.hub.asked[0].encrypted
    client.logout()


def test_the_end_of_an_append_is_not_waited_for(imap: ImapRoom) -> None:
    """Imaplib sends the last CR LF alone; Nagle would hold it back for 40 ms."""
    with imap.client() as client:
        times = []
        for _ in range(7):
            begin = time.monotonic()
            client.append("INBOX", None, None, MAIL)
            times.append(time.monotonic() - begin)

    assert min(times) < 0.035
