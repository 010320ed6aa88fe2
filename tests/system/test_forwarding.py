"""Forwards on the running suite, with a server elsewhere (USR-5)."""

import smtplib
import time
import uuid

import pytest

from fix_forwarding import copies, forward, mail, sent_to, set_user, settle, somewhere
from fix_sink import Sink
from fix_suite import Account, Suite

pytestmark = pytest.mark.system


def test_mail_reaches_forwards_here_and_elsewhere_once(
    suite: Suite, sink: Sink, tim: Account, anna: Account
) -> None:
    mark, far = uuid.uuid4().hex, somewhere()
    forward(suite, tim, anna.address, far)
    forward(suite, anna, tim.address, keeps=False)

    suite.send("eve@far.test", tim.address, mail(mark))

    suite.wait_for(tim, mark)
    sunk = sink.wait_for(mark.encode())
    assert sunk.reverse_path == "eve@far.test"
    assert sunk.recipients == [far]
    settle(suite, sink, far.partition("@")[2])
    assert copies(suite, tim, mark) == 1
    assert copies(suite, anna, mark) == 0
    assert len(sent_to(sink, far)) == 1


def test_a_list_that_is_off_does_nothing_and_is_kept(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    mark, far = uuid.uuid4().hex, somewhere()
    forward(suite, tim, far)
    set_user(suite, tim, forwarding_on="off")

    suite.send("eve@far.test", tim.address, mail(mark))

    suite.wait_for(tim, mark)
    set_user(suite, tim, forwarding_on="on")
    suite.send("eve@far.test", tim.address, mail(again := uuid.uuid4().hex))
    sink.wait_for(again.encode())
    assert len(sent_to(sink, far)) == 1


def test_a_forward_to_nobody_is_reported_and_the_copy_kept(
    suite: Suite, tim: Account, anna: Account
) -> None:
    mark = uuid.uuid4().hex
    forward(suite, tim, "nobody@suite.test", keeps=False)

    suite.send(anna.address, tim.address, mail(mark))

    report = suite.wait_for(anna, mark)
    assert b"Final-Recipient: rfc822; nobody@suite.test" in report
    assert b"Status: 5.1.1" in report
    assert copies(suite, tim, mark) == 1


def test_forwards_go_on_while_the_hub_is_away(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    mark, far = uuid.uuid4().hex, somewhere()
    forward(suite, tim, far, keeps=False)
    hub = suite.kill("datamax")
    suite.send("eve@far.test", tim.address, mail(mark))

    assert sink.wait_for(mark.encode()).recipients == [far]

    suite.wait_back("datamax", hub)
    suite.wait_ready()


@pytest.mark.manual("FAQ")
@pytest.mark.rfc("5321", "6.3")
def test_a_circle_that_leads_over_another_server_ends(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    """A to elsewhere and back to A, until the count of hops ends it (TRUST K6)."""
    mark, far = uuid.uuid4().hex, somewhere()
    forward(suite, tim, far, keeps=False)

    def go_round(content: bytes) -> None:
        for seen in range(1, 60):
            suite.send("eve@far.test", tim.address, content)
            end = time.monotonic() + 60
            while len(found := sent_to(sink, far)) < seen:
                assert time.monotonic() < end, suite.last_words()
                time.sleep(0.01)
            content = found[-1]

    with pytest.raises(smtplib.SMTPDataError) as refused:
        go_round(mail(mark))

    assert refused.value.smtp_code == 554
    assert refused.value.smtp_error.startswith(b"5.4.6")


@pytest.mark.manual("7.1")
def test_what_leaves_counts_against_the_day_of_who_forwards(
    suite: Suite, sink: Sink, tim: Account
) -> None:
    """TRUST K7, with what the user hands in; it survives a restart of the hub."""
    far = somewhere()
    forward(suite, tim, far, keeps=False)
    set_user(suite, tim, daily_messages=3)
    with smtplib.SMTP("127.0.0.1", suite.port("smtp"), timeout=20) as client:
        client.login(tim.address, tim.password)
        client.sendmail(tim.address, ["x@far.test"], mail("handed in"))
    first, second, *others = (uuid.uuid4().hex for _ in range(5))
    suite.send("eve@far.test", tim.address, mail(first))
    sink.wait_for(first.encode())
    suite.wait_back("datamax", suite.kill("datamax"))
    suite.wait_ready()
    suite.send("eve@far.test", tim.address, mail(second))
    sink.wait_for(second.encode())

    for mark in others:
        suite.send("eve@far.test", tim.address, mail(mark))
        suite.wait_for(tim, mark)

    assert len(sent_to(sink, far)) == 2
    assert copies(suite, tim, "Your mail is not forwarded today") == 1
    assert [copies(suite, tim, mark) for mark in (first, second, *others)] == [
        *(0, 0),
        *(1, 1, 1),
    ]
    set_user(suite, tim, sending_limits_off="on")
    suite.send("eve@far.test", tim.address, mail(last := uuid.uuid4().hex))
    sink.wait_for(last.encode())


def test_forwards_survive_a_kill_without_loss_or_repetition(
    suite: Suite, sink: Sink, tim: Account, anna: Account
) -> None:
    marks = [uuid.uuid4().hex for _ in range(40)]
    far = somewhere()
    forward(suite, tim, anna.address, far, keeps=False)
    for number, mark in enumerate(marks):
        suite.send("eve@far.test", tim.address, mail(mark))
        if number % 15 == 7:
            suite.wait_back("filer", suite.kill("filer"))

    for mark in marks:
        suite.wait_for(anna, mark)
        sink.wait_for(mark.encode())

    settle(suite, sink, far.partition("@")[2])
    assert [copies(suite, anna, mark) for mark in marks] == [1] * len(marks)
    assert len(sent_to(sink, far)) == len(marks)
    assert copies(suite, tim, marks[0]) == 0
