"""TRUST catalogue, table F (POP3), by row, against the real room through a socket.

What of these rows is in `test_popmax` and `test_popmax_login` is not said again.
"""

import poplib
import re
import socket

import pytest

from fix_pop import MakePop, PopRoom, client, dialogue, logged_in
from fix_tls import LoopbackTls
from mailmax.hub.porter import let_in
from mailmax.wire.pop3.apop import compute_digest
from waiting import wait_for

CHALLENGE = re.compile(r"<[0-9a-f]{32}@pop\.example\.com>")


@pytest.fixture
def apop(make_pop: MakePop) -> PopRoom:
    """Give a room that offers APOP on a line that may be in the clear."""
    return make_pop(offer_apop=lambda: True)


def challenge_of(pop3: poplib.POP3) -> str:
    return pop3.getwelcome().decode("ascii").rpartition(" ")[2]


def test_f1_each_challenge_is_new_and_cannot_be_foreseen(apop: PopRoom) -> None:
    """128 random bits in printable ASCII, in the form of a msg-id."""
    heard = []
    for _ in range(100):
        with client(apop) as pop3:
            heard.append(challenge_of(pop3))

    assert all(CHALLENGE.fullmatch(one) for one in heard)
    octets = [bytes.fromhex(one[1:33]) for one in heard]
    assert len(set(octets)) == 100
    for at in range(16):  # no octet is a clock, a counter or a constant
        assert len({one[at] for one in octets}) > 50


def wrong_digests(right: str) -> list[bytes]:
    return [
        b"", right[:31].encode(), right.encode() + b"0", right.upper().encode(),
        b"\0" * 32, right[:31].encode() + b"\0", right[:31].encode() + b"g",
        "\u0661".encode() * 16, b"\xff" * 32, b"x" * 400,
        right[:16].encode() + b" " * 16,
    ]  # fmt: skip


def test_f1_a_malformed_digest_is_refused_and_spends_the_challenge(
    apop: PopRoom,
) -> None:
    for number in range(len(wrong_digests("0" * 32))):
        with client(apop) as pop3:
            right = compute_digest(challenge_of(pop3), "sesame")
            wrong = wrong_digests(right)[number]
            pop3.sock.sendall(b"APOP tim " + wrong + b"\r\n")
            assert pop3.file.readline().startswith(b"-ERR"), wrong
            with pytest.raises(poplib.error_proto, match="not available"):
                pop3._shortcmd(f"APOP tim {right}")
    assert apop.hub.asked == []


def test_f1_an_answer_to_another_challenge_is_none(apop: PopRoom) -> None:
    """Neither while the other session lives nor after it."""
    with client(apop) as first, client(apop) as second:
        digest = compute_digest(challenge_of(first), "sesame")
        with pytest.raises(poplib.error_proto, match="AUTH"):
            second._shortcmd(f"APOP tim {digest}")
        first._shortcmd(f"APOP tim {digest}")
        first.quit()
    with client(apop) as third, pytest.raises(poplib.error_proto, match="AUTH"):
        third._shortcmd(f"APOP tim {digest}")


def test_f1_apop_is_offered_to_nobody_in_the_clear(
    make_pop: MakePop, loopback_tls: LoopbackTls
) -> None:
    """A digest that was heard can be guessed from; over TLS nobody hears it."""
    room = make_pop(offer_apop=lambda: True, meet=let_in)
    with client(room) as pop3:
        digest = compute_digest(challenge_of(pop3), "sesame")
        with pytest.raises(poplib.error_proto, match="STLS first"):
            pop3._shortcmd(f"APOP tim {digest}")
    assert room.hub.asked == []
    pop3 = poplib.POP3_SSL(
        "localhost", room.tls_port, timeout=10, context=loopback_tls.client
    )
    pop3.apop("tim", "sesame")
    pop3.quit()
    pop3.close()


@pytest.mark.parametrize(
    "lines",
    [
        b"USER tim\r\nPASS " + b"x" * 10_240 + b"\r\n",
        b"USER tim\r\nPASS open\0sesame\r\n",
        b"USER tim\r\nPASS \xff\xfe\r\n",
        b"USER tim\r\nPASS open sesame\n",
        b"USER tim\0\r\nPASS open sesame\r\n",
        b"USER \xff\r\nPASS open sesame\r\n",
        b"USER " + b"t" * 10_240 + b"\r\nPASS open sesame\r\n",
        b"USER\r\nPASS open sesame\r\n",
        b"USER   \r\nPASS open sesame\r\n",
        b"USER tim\r\nNOOP\r\nPASS open sesame\r\n",
        b"PASS open sesame\r\n",
    ],
    ids=lambda lines: repr(lines[:24]),
)
def test_f2_what_is_no_name_and_no_password_is_not_asked_about(
    pop: PopRoom, lines: bytes
) -> None:
    heard = dialogue(pop, lines + b"STAT\r\nQUIT\r\n").split(b"\r\n")

    assert heard[-3].startswith(b"-ERR")  # STAT
    assert heard[-2] == b"+OK Good-bye"
    assert pop.hub.asked == []


@pytest.mark.parametrize("password", ["a b", " x", "x ", "\u00e9", "x" * 500, "%s{}\\"])
def test_f2_passwords_reach_the_hub_as_they_are(pop: PopRoom, password: str) -> None:
    dialogue(pop, f"USER  tim \r\nPASS {password}\r\nQUIT\r\n".encode())

    [asked] = pop.hub.asked
    assert (asked.login_name, asked.password.value) == ("tim", password)


def test_f3_a_hundred_thousand_messages_are_listed(pop: PopRoom) -> None:
    pop.fill(*[b"\r\n"] * 100_000)

    with logged_in(pop) as pop3:
        pop3.dele(50_000)
        lines = pop3.list()[1]
        pop3.rset()
        assert pop3.stat() == (100_000, 200_000)

    assert len(lines) == 99_999
    assert lines[49_998:50_000] == [b"49999 2", b"50001 2"]


def test_f3_all_is_deleted_or_nothing(pop: PopRoom) -> None:
    """Cut off at any command before QUIT, the maildrop is as it was."""
    pop.fill(*[b"x\r\n"] * 5)
    said = [b"USER tim\r\n", b"PASS open sesame\r\n", *[b"DELE %d\r\n"] * 3, b"QUIT"]
    for count in range(1, len(said) + 1):
        lines = b"".join(
            line % number if b"%d" in line else line
            for number, line in enumerate(said[:count])
        )
        dialogue(pop, lines)
        wait_for(lambda: pop.service.sessions == 0)
        pop.inbox.refresh()
        assert len(pop.inbox.uids) == 5, count

    dialogue(pop, lines + b"\r\n")
    pop.inbox.refresh()
    assert list(pop.inbox.uids) == [1, 5]


def test_f4_a_line_of_sixteen_million_octets(pop: PopRoom) -> None:
    body = b"." * 16_000_000
    pop.fill(body)

    with logged_in(pop) as pop3:
        pop3._putcmd("RETR 1")
        assert pop3.file.readline() == b"+OK %d octets\r\n" % (len(body) + 2)
        assert pop3.file.read(len(body) + 1) == b"." + body
        assert pop3.file.readline() == b"\r\n"
        assert pop3.file.readline() == b".\r\n"


@pytest.mark.parametrize(
    "behind", [b"USER tim\r\nPASS open sesame\r\n", b"USER tim\r\n", b"X", b"\x16\x03"]
)
def test_f5_what_stands_behind_stls_is_not_heard(
    make_pop: MakePop, loopback_tls: LoopbackTls, behind: bytes
) -> None:
    """Neither in the clear nor as the first words inside TLS."""
    room = make_pop(meet=let_in)
    with socket.create_connection(("127.0.0.1", room.port), 10) as raw:
        assert raw.recv(4096).startswith(b"+OK ")
        raw.sendall(b"STLS\r\n" + behind)
        assert raw.recv(4096) == b"+OK Begin TLS\r\n"
        with loopback_tls.client.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall(b"PASS open sesame\r\nSTAT\r\nQUIT\r\n")
            with tls.makefile("rb") as lines:
                answers = [line[:4] for line in lines]
    assert answers == [b"-ERR", b"-ERR", b"+OK "]
    assert room.hub.asked == []
