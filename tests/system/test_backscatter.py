"""Forged senders, reports that fail, large mail: little comes back, or nothing."""

import os
import smtplib
import uuid

import pytest

from fix_forwarding import (
    add_domain,
    add_user,
    answer,
    copies,
    count,
    forward,
    held,
    mail,
    send_all,
    sent_to,
    settle,
    somewhere,
)
from fix_sink import Sink
from fix_suite import Account, Suite

FORGED = int(os.environ.get("MAILMAX_FORGED", "1000"))
LARGE_OCTETS = int(os.environ.get("MAILMAX_LARGE_OCTETS", str(8 * 2**20)))
MOST_RETURNED_OCTETS = 60 * 1024
NO_SUCH = b"550 5.1.1 no such user\r\n"

pytestmark = [pytest.mark.system, pytest.mark.timeout(300 + FORGED // 10)]


@pytest.fixture
def victim() -> str:
    """Give the address that is forged."""
    return somewhere()


def refusals(suite: Suite, sender: str, recipient: str, content: bytes) -> set[int]:
    """Try to hand in all the forged mail; return the codes that refused it."""
    codes = set()
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=60) as client:
        for _ in range(FORGED):
            try:
                client.sendmail(sender, [recipient], content)
                codes.add(250)
            except smtplib.SMTPRecipientsRefused as refused:
                codes |= {code for code, _ in refused.recipients.values()}
            except smtplib.SMTPDataError as refused:
                codes.add(refused.smtp_code)
    return codes


@pytest.mark.manual("7.3")
def test_a_forged_sender_is_answered_once_however_much_comes(
    suite: Suite, sink: Sink, tim: Account, victim: str
) -> None:
    """TRUST K4: a joe-job against a responder."""
    answer(suite, tim)
    mark = uuid.uuid4().hex
    every = (mail(f"{mark} {n}.", f"To: {tim.address}") for n in range(FORGED))

    send_all(suite, victim, tim.address, every)

    suite.wait_for(tim, f"{mark} {FORGED - 1}.", 30)
    settle(suite, sink, victim.partition("@")[2])
    assert len(sent_to(sink, victim)) == 1
    assert count(suite, tim, mark) == FORGED


def test_mail_for_nobody_is_refused_in_the_session(
    suite: Suite, sink: Sink, victim: str
) -> None:
    """TRUST K4: no report to who never wrote."""
    nobody = f"{uuid.uuid4().hex}@suite.test"

    assert refusals(suite, victim, nobody, mail("hello")) == {550}

    settle(suite, sink, victim.partition("@")[2])
    assert sent_to(sink, victim) == []


@pytest.mark.manual("6.2")
def test_mail_for_a_full_box_is_refused_in_the_session(
    suite: Suite, sink: Sink, victim: str
) -> None:
    """TRUST K4, DECISIONS 20."""
    user = add_user(suite, f"joe@{add_domain(suite)}", box_limit_octets="2k")
    content = mail("hello", "X-Long: " + "x" * 900)

    codes = refusals(suite, victim, user.address, content)

    assert codes == {250, 552}
    settle(suite, sink, victim.partition("@")[2])
    assert sent_to(sink, victim) == []
    assert 1 <= held(suite, user) <= 2


@pytest.mark.rfc("5321", "6.1")
def test_a_report_that_cannot_be_delivered_is_reported_to_nobody(
    suite: Suite, sink: Sink, tim: Account, anna: Account
) -> None:
    """TRUST K5: the forward of a report to a dead remote ends there."""
    first, second = somewhere(), somewhere()
    sink.refused |= {first: NO_SUCH, second: NO_SUCH}
    forward(suite, tim, first, keeps=False)
    forward(suite, anna, second)
    mark = uuid.uuid4().hex

    suite.send(anna.address, tim.address, mail(mark))

    report = suite.wait_for(anna, mark)
    assert f"Final-Recipient: rfc822; {first}".encode() in report
    for address in (first, second):
        settle(suite, sink, address.partition("@")[2])
    assert copies(suite, tim, mark) == 0
    assert count(suite, anna, mark) == 1


@pytest.mark.rfc("5321", "4.5.5")
def test_a_bounce_to_nobody_of_ours_makes_no_other(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    """TRUST K5: the sender of what fails is no user here."""
    far = somewhere()
    sink.refused[far] = NO_SUCH
    forward(suite, tim, far)
    mark = uuid.uuid4().hex

    suite.send("nobody@suite.test", tim.address, mail(mark))

    suite.wait_for(tim, mark)
    settle(suite, sink, far.partition("@")[2])
    assert count(suite, tim, mark) == 1


@pytest.mark.manual("4.4")
@pytest.mark.parametrize("trouble", ["missing", "full", "forwards to a dead remote"])
def test_a_postmaster_in_trouble_ends_what_comes_for_him(
    suite: Suite, sink: Sink, victim: str, trouble: str
) -> None:
    """TRUST K5: refused in the session or reported once, and never round in circles."""
    domain = add_domain(suite)
    address = f"postmaster@{domain}"
    far = somewhere()
    sink.refused[far] = NO_SUCH
    content = mail(uuid.uuid4().hex, "X-Long: " + "x" * 900)
    if trouble == "full":
        add_user(suite, address, box_limit_octets="2k")
    elif trouble != "missing":
        postmaster = add_user(suite, address)
        forward(suite, postmaster, far, keeps=False)

    for sender in ("", victim):
        with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=60) as client:
            for _ in range(4):
                code = _hand_in(client, sender, address, content)
    domain = victim.partition("@")[2]
    settle(suite, sink, domain)
    reports = sent_to(sink, victim)
    if trouble == "missing":
        assert (code, reports) == (250, []), "the system's postmaster stands in"
    elif trouble == "full":
        assert (code, reports) == (552, [])
    else:
        assert code == 250
        assert len(reports) == 4, "one for each message that a sender can be told of"
        assert held(suite, postmaster) == 0


def _hand_in(client: smtplib.SMTP, sender: str, to: str, content: bytes) -> int:
    try:
        client.sendmail(sender, [to], content)
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[to][0]
    except smtplib.SMTPDataError as refused:
        return refused.smtp_code
    return 250


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_what_is_returned_of_a_large_message_is_small(
    suite: Suite, sink: Sink, tim: Account, victim: str, where: str
) -> None:
    """TRUST K9: the filer's report and the queue's."""
    target = f"{uuid.uuid4().hex}@suite.test" if where == "here" else somewhere()
    sink.refused[target] = NO_SUCH
    forward(suite, tim, target)
    mark = uuid.uuid4().hex
    lines = "".join(f"X-{n}: {'y' * 900}\r\n" for n in range(100)).encode()
    body = (b"z" * 998 + b"\r\n") * (LARGE_OCTETS // 1000)

    suite.send(victim, tim.address, lines + mail(mark) + body)

    report = sink.wait_for(f"Final-Recipient: rfc822; {target}".encode(), 30)
    assert report.recipients == [victim]
    assert report.reverse_path == ""
    assert len(report.content) < MOST_RETURNED_OCTETS
