"""The virus check of SMTPMax: what is said on the wire, and what the record holds."""

import asyncio
import base64
import contextlib
import smtplib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec import json

from fix_clamd import EICAR, NAME, Clamd, SaysClamd, hear_all, says, with_attachment
from fix_smtp import MakeSmtp, SmtpRoom, user
from mailmax.base.virus import finding_of
from mailmax.hub.contract.rows import FORWARDS, UNCHECKED, DomainRow, RuleRow
from mailmax.policy.rules.action import Forward
from mailmax.policy.rules.rule import Rule
from mailmax.smtpmax.scanning import Looking, Places, Scan

CLEAN = b"Subject: one\r\n\r\nhello\r\n"
INFECTED = with_attachment()
REFUSED = (554, f"5.7.1 A virus was found in it: {NAME}".encode())
LATER = (451, b"4.3.0 It cannot be looked at for viruses now, try again later")


@pytest.fixture
def checked(smtp: SmtpRoom, clamd: Clamd) -> SmtpRoom:
    """Give an SMTPMax that trusts loopback and looks for viruses."""
    return looking(smtp, clamd.address)


@pytest.fixture
def wary(stranger: SmtpRoom, clamd: Clamd) -> SmtpRoom:
    """Give one that trusts nobody."""
    return looking(stranger, clamd.address)


@pytest.fixture
def faked(stranger: SmtpRoom, fake_clamd: SaysClamd) -> SmtpRoom:
    """Give one whose clamd does what it is told to."""
    return looking(stranger, fake_clamd.address)


def looking(room: SmtpRoom, address: str) -> SmtpRoom:
    room.hub.set("virus_check", True)
    room.hub.set("clamd_address", address)
    room.hub.set("message_limit_octets", 20_000_000)
    return room


@contextlib.contextmanager
def client(room: SmtpRoom, door: str = "smtp"):
    made = smtplib.LMTP if door == "lmtp" else smtplib.SMTP
    found = made("127.0.0.1", room.ports[door], "client.test", timeout=30)
    try:
        found.ehlo_or_helo_if_needed()
        yield found
    finally:
        found.close()


def send(
    room: SmtpRoom, content: bytes, *recipients: str, path: str = "bob@far.test"
) -> tuple[int, bytes]:
    with client(room) as one:
        one.mail(path)
        for address in recipients or ("tim@demo.test",):
            assert one.rcpt(address)[0] == 250
        return one.data(content)


def facts(room: SmtpRoom):
    [(record, _)] = room.mails()
    return finding_of(record.envelope.facts)


def test_clean_mail_is_taken_and_says_so(wary: SmtpRoom) -> None:
    assert send(wary, CLEAN)[0] == 250
    assert facts(wary).verdict == "clean"


def test_a_stranger_with_a_virus_is_refused_in_the_session(wary: SmtpRoom) -> None:
    with client(wary) as one:
        one.mail("bob@far.test")
        one.rcpt("tim@demo.test")
        assert one.data(INFECTED) == REFUSED
        one.sendmail("bob@far.test", ["tim@demo.test"], CLEAN)

    assert facts(wary).verdict == "clean"


def test_what_comes_from_us_is_taken_with_its_verdict(checked: SmtpRoom) -> None:
    assert send(checked, INFECTED)[0] == 250

    found = facts(checked)
    assert (found.verdict, found.words) == ("infected", NAME)
    assert not found.is_outbound


def test_actions_for_inbound_mail_want_it_taken(wary: SmtpRoom) -> None:
    wary.hub.set("virus_alert_to", "ann@demo.test")
    assert send(wary, INFECTED)[0] == 250
    wary.hub.set("virus_strangers", "refuse")
    assert send(wary, INFECTED) == REFUSED
    wary.hub.set("virus_alert_to", "")
    wary.hub.set("virus_strangers", "accept")
    assert send(wary, INFECTED)[0] == 250


def test_off_nobody_looks(wary: SmtpRoom) -> None:
    wary.hub.set("virus_check", False)
    assert send(wary, INFECTED)[0] == 250
    assert facts(wary) is None


def test_users_without_the_check_are_spared(wary: SmtpRoom) -> None:
    wary.hub.update(users=(user(7, "tim", flags=UNCHECKED),))
    assert send(wary, INFECTED)[0] == 250
    assert facts(wary) is None

    assert send(wary, INFECTED, "tim@demo.test", "ann@demo.test")[0] == 250
    found = facts(wary)
    assert (found.verdict, list(found.spared)) == ("infected", [0])


def test_mail_from_a_user_is_for_all_recipients(checked: SmtpRoom) -> None:
    checked.hub.update(users=(user(8, "ann", flags=UNCHECKED),))
    with client(checked, "submission") as one:
        one.login("tim", "secret")
        one.sendmail("tim@demo.test", ["ann@demo.test", "x@far.test"], INFECTED)

    found = facts(checked)
    assert (found.verdict, found.spared, found.is_outbound) == ("infected", (), True)


@pytest.mark.parametrize("kind", ["relay", "backup", "etrn"])
def test_a_domain_that_passes_mail_on_has_its_switch(wary: SmtpRoom, kind) -> None:
    row = DomainRow(9, "far.test", kind)
    wary.hub.update(domains=(row,))
    assert send(wary, INFECTED, "x@far.test") == REFUSED

    wary.hub.update(domains=(DomainRow(9, "far.test", kind, virus_check=False),))
    assert send(wary, INFECTED, "x@far.test")[0] == 250
    assert facts(wary) is None


def test_lmtp_takes_it_with_its_verdict(wary: SmtpRoom) -> None:
    with client(wary, "lmtp") as one:
        one.sendmail("a@x.test", ["tim@demo.test", "ann@demo.test"], INFECTED[:9_000])

    assert facts(wary).verdict == "infected"


def test_large_mail_is_looked_at_while_it_comes(faked: SmtpRoom, fake_clamd) -> None:
    began = []

    def behave(sock: socket.socket) -> None:
        began.append(sock.recv(10, socket.MSG_WAITALL))
        while not sock.recv(1 << 16).endswith(b"\0\0\0\0"):
            pass
        sock.sendall(b"stream: OK\0")

    fake_clamd.behave = behave
    with client(faked) as one:
        one.mail("bob@far.test")
        one.rcpt("tim@demo.test")
        one.docmd("DATA")
        one.send(CLEAN + b"x" * 76 + b"\r\n")
        one.send((b"y" * 76 + b"\r\n") * 5_000)
        end = time.monotonic() + 60
        while not began and time.monotonic() < end:
            time.sleep(0.01)
        assert began == [b"zINSTREAM\0"]
        one.send(b".\r\n")
        assert one.getreply()[0] == 250
    assert facts(faked).verdict == "clean"


@pytest.mark.parametrize("octets", [1_000, 300_000, 3_000_000])
def test_a_virus_at_the_end_is_found_in_any_size(wary: SmtpRoom, octets) -> None:
    lines = (b"z" * 76 + b"\r\n") * (octets // 78)
    assert send(wary, with_attachment(text=lines)) == REFUSED
    assert send(wary, CLEAN + lines)[0] == 250
    assert facts(wary).verdict == "clean"


def test_clamd_that_begins_anew_costs_no_mail(faked: SmtpRoom, fake_clamd) -> None:
    """The first stream is cut off in the middle; the body is sent once more."""

    def behave(sock: socket.socket) -> None:
        if fake_clamd.calls == 1:
            sock.recv(1000)
            return
        assert b"yyyy" in hear_all(sock)
        sock.sendall(b"stream: OK\0")

    fake_clamd.behave = behave
    assert send(faked, CLEAN + (b"y" * 76 + b"\r\n") * 9_000)[0] == 250
    assert facts(faked).verdict == "clean"
    assert fake_clamd.calls == 2


BAD = {
    "nothing": b"",
    "garbage": b"\x00\xff\x00garbage",
    "cut off": b"stream: OK",
    "a file called so": b"stream: x FOUND: OK\0",
    "found in a name": b"/tmp/FOUND: OK\0",
    "clean, then found": b"stream: OK\0stream: Evil FOUND\0",
    "found, then clean": b"stream: Evil FOUND\0stream: OK\0",
    "an error": b"stream: Can't allocate memory ERROR\0",
    "two lines": b"stream: OK\nstream: Evil FOUND\0",
    "a control character": b"stream: Ev\x07il FOUND\0",
    "a long name": b"stream: " + b"N" * 5_000 + b" FOUND\0",
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD.keys())
def test_an_answer_that_makes_no_sense_puts_mail_off(
    faked: SmtpRoom, fake_clamd: SaysClamd, answer: bytes
) -> None:
    fake_clamd.behave = says(answer)

    assert send(faked, CLEAN) == LATER
    assert faked.mails() == []


def drips(sock: socket.socket) -> None:
    hear_all(sock)
    for octet in b"stream: OK\0":
        time.sleep(0.3)
        sock.sendall(bytes([octet]))


def never_answers(sock: socket.socket) -> None:
    hear_all(sock)
    sock.recv(1)


def never_reads(sock: socket.socket) -> None:
    time.sleep(5)


def says_ok_before_the_end(sock: socket.socket) -> None:
    sock.recv(10, socket.MSG_WAITALL)
    sock.sendall(b"stream: OK\0")


def has_no_end(sock: socket.socket) -> None:
    hear_all(sock)
    for _ in range(2_000):
        sock.sendall(b"A" * 1_000_000)


@pytest.mark.parametrize(
    "behave", [drips, never_answers, never_reads, says_ok_before_the_end, has_no_end]
)
def test_a_scanner_that_misbehaves_puts_mail_off(
    faked: SmtpRoom, fake_clamd: SaysClamd, behave
) -> None:
    faked.hub.set("virus_timeout_s", 1)
    fake_clamd.behave = behave
    began = time.monotonic()

    assert send(faked, CLEAN + (b"y" * 76 + b"\r\n") * 20_000) == LATER
    assert time.monotonic() - began < 20
    assert faked.mails() == []


def test_a_scanner_that_is_gone(wary: SmtpRoom, clamd: Clamd, tmp_path) -> None:
    wary.hub.set("clamd_address", str(tmp_path / "nobody.sock"))
    assert send(wary, CLEAN) == LATER
    assert wary.mails() == []

    assert wary.service.trouble() == "clamd: it cannot be reached"
    wary.hub.set("virus_when_down", "pass")
    assert send(wary, INFECTED)[0] == 250
    found = facts(wary)
    assert found.verdict == "failed"
    assert found.words == "the scanner failed: it cannot be reached"

    wary.hub.set("clamd_address", clamd.address)
    assert send(wary, CLEAN)[0] == 250
    assert wary.service.trouble() == ""


def test_mail_that_is_too_large_to_be_looked_at(wary: SmtpRoom) -> None:
    wary.hub.set("virus_size_octets", 65_536)
    large = CLEAN + (b"y" * 76 + b"\r\n") * 2_000
    assert send(wary, large)[0] == 250
    assert facts(wary).verdict == "unscanned"

    wary.hub.set("virus_unscanned", "refuse")
    why = b"5.7.1 It cannot be looked at for viruses: "
    assert send(wary, large) == (554, why + b"it is larger than what is checked")


def test_what_clamd_takes_no_more_of_is_not_clean(faked, fake_clamd) -> None:
    fake_clamd.behave = says(b"INSTREAM size limit exceeded. ERROR\0")
    assert send(faked, CLEAN)[0] == 250
    assert facts(faked).verdict == "unscanned"


def test_file_types_say_what_is_sent(wary: SmtpRoom) -> None:
    """EICAR behind 8 KiB of a picture, and in a program."""
    hidden = with_attachment(body=b"GIF89a" + b"\0" * 10_000 + EICAR)
    hidden = hidden.replace(b"eicar.com", b"eicar.gif")
    program = with_attachment(body=b"MZ" + b"\0" * 10_000 + EICAR)
    early = with_attachment(body=b"GIF89a" + EICAR).replace(b"r.com", b"r.gif")
    found = {}
    for files in ("all", "beginnings", "executables"):
        wary.hub.set("virus_files", files)
        found[files] = [send(wary, one)[0] for one in (hidden, program, early)]

    assert found == {
        "all": [554, 554, 554],
        "beginnings": [250, 554, 554],
        "executables": [250, 554, 250],
    }


def test_depth_says_what_is_not_looked_at(wary: SmtpRoom) -> None:
    nested = with_attachment()
    for level in range(8):
        edge = b"=_%d" % level
        nested = (
            b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n'
            % (edge, edge)
            + nested
            + b"\r\n--%b--\r\n" % edge
        )
    assert send(wary, nested) == REFUSED
    harmless = nested.replace(b"WDVP", b"QUJD")
    assert send(wary, harmless)[0] == 250
    assert facts(wary).verdict == "clean"

    wary.hub.set("virus_depth", 3)
    assert send(wary, harmless)[0] == 250
    found = facts(wary)
    assert (found.verdict, found.words) == (
        "unscanned",
        "it is nested in more than 3 levels",
    )


def test_to_disinfect_is_to_know_the_parts(checked: SmtpRoom) -> None:
    checked.hub.set("virus_disinfect", True)
    assert send(checked, INFECTED)[0] == 250
    assert list(facts(checked).parts) == [2]

    assert send(checked, CLEAN + EICAR + b"\r\n")[0] == 250
    assert list(facts(checked).parts) == [0]
    assert send(checked, b"X-File: " + EICAR + b"\r\n" + CLEAN)[0] == 250
    assert list(facts(checked).parts) == []
    with client(checked) as one:
        one.sendmail("a@x.test", ["tim@demo.test"], with_attachment(body=b"fine"))
    assert facts(checked).verdict == "clean"


def test_trouble_with_its_parts_takes_no_virus_back(
    faked: SmtpRoom, fake_clamd: SaysClamd
) -> None:
    """Not even where mail is taken without an answer."""

    def finds_one_and_falls(sock: socket.socket) -> None:
        is_whole = b"Subject: a file" in hear_all(sock)
        sock.sendall(b"stream: Evil FOUND\0" if is_whole else b"stream: ")

    fake_clamd.behave = finds_one_and_falls
    faked.hub.set("virus_disinfect", True)
    faked.hub.set("virus_strangers", "accept")
    faked.hub.set("virus_when_down", "pass")

    assert send(faked, INFECTED)[0] == 250

    found = facts(faked)
    assert (found.verdict, found.words, found.parts) == ("infected", "Evil", ())


def test_a_client_that_leaves_lets_the_scanner_go(faked, fake_clamd) -> None:
    over = []

    def behave(sock: socket.socket) -> None:
        while sock.recv(1 << 16):
            pass
        over.append(True)

    fake_clamd.behave = behave
    with client(faked) as one:
        one.mail("bob@far.test")
        one.rcpt("tim@demo.test")
        one.docmd("DATA")
        one.send((b"y" * 76 + b"\r\n") * 3_000)
        end = time.monotonic() + 60
        while not fake_clamd.calls and time.monotonic() < end:
            time.sleep(0.01)
    end = time.monotonic() + 60
    while not over and time.monotonic() < end:
        time.sleep(0.01)
    assert over == [True]
    assert faked.mails() == []


def test_many_at_once_wait_for_their_turn(make_smtp: MakeSmtp, clamd: Clamd) -> None:
    room = looking(make_smtp(), clamd.address)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client(room)) for _ in range(40)]
        for one in clients:
            one.mail("bob@far.test")
            one.rcpt("tim@demo.test")
            one.docmd("DATA")
            one.send(CLEAN + (b"y" * 76 + b"\r\n") * 1_000)
        for one in clients:
            one.send(b".\r\n")
        assert {one.getreply()[0] for one in clients} == {250}
    verdicts = {finding_of(record.envelope.facts).verdict for record, _ in room.mails()}
    assert verdicts == {"clean"}


def test_mail_of_who_forwards_is_looked_at_for_the_others(wary: SmtpRoom) -> None:
    """The filer keeps what is infected from those whose mail is checked."""
    wary.hub.update(users=(user(7, "tim", flags=UNCHECKED | FORWARDS),))
    assert send(wary, INFECTED)[0] == 250
    found = facts(wary)
    assert (found.verdict, list(found.spared)) == ("infected", [0])


def forwards_for(room: SmtpRoom, **owner: int) -> None:
    """Have tim, whose mail is not checked, and a rule that sends copies to ann."""
    rule = json.encode(Rule(actions=(Forward(("ann@demo.test",)),)))
    whose = {"domain_id": 0, "user_id": 0} | owner
    room.hub.update(
        users=(user(7, "tim", flags=UNCHECKED),),
        rules=(RuleRow(1, **whose, position=1, name="on", definition=rule),),
    )


@pytest.mark.parametrize("owner", [{}, {"domain_id": 1}, {"user_id": 7}])
def test_so_is_mail_that_a_rule_forwards(wary: SmtpRoom, owner: dict) -> None:
    """Of the system, of the domain, of the user."""
    forwards_for(wary, **owner)
    assert send(wary, INFECTED)[0] == 250
    found = facts(wary)
    assert (found.verdict, list(found.spared)) == ("infected", [0])


def test_a_rule_of_somebody_else_says_nothing(wary: SmtpRoom) -> None:
    forwards_for(wary, user_id=8)
    assert send(wary, INFECTED)[0] == 250
    assert facts(wary) is None


class Whole:
    """A body that is here."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    async def whole(self) -> bytes:
        return self._octets


async def longest_stall(work) -> float:
    """Return how long the loop did nothing else at most, in seconds of this process.

    What other processes do meanwhile does not count.
    """
    worst, is_over = 0.0, False

    async def watch() -> None:
        nonlocal worst
        while not is_over:
            begin = time.process_time()
            await asyncio.sleep(0.001)
            worst = max(worst, time.process_time() - begin)

    watching = asyncio.create_task(watch())
    await work
    is_over = True
    await watching
    return worst


@pytest.mark.timed
async def test_a_hostile_body_holds_up_nobody_else(fake_clamd: SaysClamd) -> None:
    """25 MiB of base64 that begins anew every few octets."""
    fake_clamd.behave = says(b"stream: OK\0")
    runs = (b"QQ==" * 19 + b"\r\n") * (25 * 1024 * 1024 // 78)
    content = with_attachment(body=b"BODY").replace(
        base64.encodebytes(b"BODY").strip(), runs
    )
    scan = Scan(Places(), Looking(fake_clamd.address, "all", 20, 60, 10**9, False))

    async def look() -> None:
        for begin in range(0, len(content), 65_536):
            if scan.add(content[begin : begin + 65_536]):
                await scan.push()
        assert (await scan.finish(Whole(content))).verdict == "clean"

    assert await longest_stall(look()) < 0.1


def small_box(room: SmtpRoom, limit_octets: int) -> None:
    """Let the box of tim take so much."""
    room.hub.update(users=(user(7, "tim", box_limit_octets=limit_octets),))


FULL = (552, b"5.2.2 Mailbox full")


def test_nobody_looks_at_mail_for_a_box_that_is_full(
    faked: SmtpRoom, fake_clamd: SaysClamd
) -> None:
    small_box(faked, 100)

    assert send(faked, CLEAN + b"x" * 100) == FULL
    assert fake_clamd.calls == 0


def test_a_box_takes_what_was_sent_not_what_would_be_left_of_it(
    checked: SmtpRoom,
) -> None:
    """Who sends hears the same, whatever a scanner finds."""
    checked.hub.set("virus_disinfect", True)
    small_box(checked, 600)
    large = with_attachment(body=EICAR + b" " * 1000)

    assert send(checked, large) == FULL
    assert send(checked, with_attachment(body=b" " * 1000)) == FULL
    assert send(checked, CLEAN)[0] == 250


def test_a_box_that_is_filled_while_mail_is_looked_at_refuses_it(
    faked: SmtpRoom, fake_clamd: SaysClamd
) -> None:
    """Mail that is looked at together does not get past the limit together."""
    small_box(faked, 1_000)
    content = CLEAN + b"x" * 500
    together = threading.Barrier(4)

    def wait_for_others(sock: socket.socket) -> None:
        hear_all(sock)
        together.wait(60)
        sock.sendall(b"stream: OK\0")

    fake_clamd.behave = wait_for_others
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(faked, content), range(4)))

    codes = sorted(code for code, _ in answers)
    assert codes == [250, 552, 552, 552]
    assert len(faked.mails()) == 1
