"""A box that is full says so (RFC 5530 OVERQUOTA), and takes what still fits."""

from fix_imap import ImapRoom

MAIL = b"Subject: x\r\n\r\n" + b"y" * 86
FULL = b"NO [OVERQUOTA] The mailbox is full"


def append(line, mail: bytes = MAIL) -> bytes:
    return line.ask(b"APPEND INBOX {%d+}\r\n%b" % (len(mail), mail))[-1]


def test_append_stops_where_the_box_is_full(imap: ImapRoom) -> None:
    imap.hub.box_limit_octets = 250

    with imap.line() as line:
        assert append(line).startswith(b"OK [APPENDUID")
        assert append(line).startswith(b"OK [APPENDUID")
        assert append(line) == FULL
        assert append(line, MAIL[:50]).startswith(b"OK [APPENDUID")
        assert append(line, b"x") == FULL

    assert imap.account().usage().octets == 250


def test_a_full_box_does_not_ask_for_the_octets(imap: ImapRoom) -> None:
    imap.hub.box_limit_octets = 99

    with imap.line() as line:
        assert line.ask(b"APPEND INBOX {100}") == [FULL]


def test_two_who_append_at_a_time_cannot_both_have_the_room(imap: ImapRoom) -> None:
    imap.hub.box_limit_octets = 150

    with imap.line() as one, imap.line() as two:
        for line in (one, two):
            line.send(b"a APPEND INBOX {100}\r\n")
            assert line.read_line().startswith(b"+")
        one.send(MAIL + b"\r\n")
        assert one.until(b"a")[-1].startswith(b"OK")
        two.send(MAIL + b"\r\n")
        assert two.until(b"a")[-1] == FULL


def test_copy_needs_room_and_move_does_not(imap: ImapRoom) -> None:
    imap.hub.box_limit_octets = 350
    imap.deliver(MAIL, MAIL)

    with imap.line(select="INBOX") as line:
        assert line.ask(b"COPY 1:2 Sent")[-1] == FULL
        assert line.ask(b"COPY 1 Sent")[-1].startswith(b"OK [COPYUID")
        assert line.ask(b"UID COPY 2 Sent")[-1] == FULL
        assert line.ask(b"UID COPY 99 Sent")[-1].startswith(b"OK")
        assert line.ask(b"MOVE 1:2 Sent")[-1].startswith(b"OK")

    assert imap.account().usage().messages == 3


def test_no_limit_is_no_limit(imap: ImapRoom) -> None:
    with imap.line() as line:
        for _ in range(5):
            assert append(line).startswith(b"OK")
