"""What QueueMax tells senders and the postmaster (RFC 3461, QUE-5)."""

import asyncio
import email.policy  # noqa: TID251 - the oracle
import time
from email.utils import parsedate_to_datetime  # noqa: TID251 - the oracle

import pytest

from mailmax.base import postmaster
from mailmax.base.envelope import Recipient, Wishes
from mailmax.base.errors import TemporaryFailure
from mailmax.policy.retry import RetryLimits, Stage
from mailmax.queuemax.selection import state_of
from waiting import until

ASKS = "SUCCESS,FAILURE,DELAY"
SENDER = "me@here.test"


def asking(notify: str, address: str = "a@x.test", original: str = "") -> Recipient:
    return Recipient(address, notify=notify, original=original)


def reports(office, to: str = SENDER) -> list[email.message.Message]:
    return [
        email.message_from_bytes(content, policy=email.policy.compat32)
        for envelope, content in office.reported()
        if envelope.recipients[0].address == to
    ]


def fields(report: email.message.Message) -> list[dict[str, str]]:
    return [dict(block.items()) for block in report.get_payload(1).get_payload()]


@pytest.fixture
async def taking(office, remote):
    """A server that takes everything, and does not offer DSN."""
    server = await remote()
    office.smart_host(server)
    await office.open()
    return server


async def test_what_a_report_was_written_of_is_shown_as_delivered(office, remote):
    server = await remote(
        lambda verb, arg: "451 later" if verb == "RCPT" and "b@" in arg else None
    )
    office.smart_host(server)
    await office.open()
    office.post(asking(ASKS), asking("", "b@x.test"))
    await until(office.reported)

    first = office.targets()["a@x.test"]
    await until(lambda: first.stage is Stage.DELIVERED)
    assert state_of(first) == "delivered"


@pytest.fixture
async def refusing(office, remote):
    """A server that refuses every recipient."""
    server = await remote(
        lambda verb, arg: "550 5.1.1 no such user" if verb == "RCPT" else None
    )
    office.smart_host(server)
    return server


async def is_over(office) -> None:
    await until(lambda: office.service._dispatch._store.entries == {})
    await until(lambda: not office.targets())


@pytest.mark.rfc("3461", "5.2.2")
async def test_who_asked_is_told_that_mail_was_passed_on(office, taking):
    office.post(
        asking(ASKS, original="rfc822;A@old.test"),
        asking("FAILURE", "b@x.test"),
        wishes=Wishes("QQ-1", "FULL"),
    )
    await until(office.reported)
    await is_over(office)

    (report,) = reports(office)
    about, one = fields(report)
    assert report["Subject"] == "Mail was passed on"
    assert about["Original-Envelope-Id"] == "QQ-1"
    assert one == {
        "Original-Recipient": "rfc822; A@old.test",
        "Final-Recipient": "rfc822; a@x.test",
        "Action": "relayed",
        "Status": "2.0.0",
        "Remote-MTA": "dns; 127.0.0.1",
        "Diagnostic-Code": "smtp; 250 taken",
    }
    assert report.get_payload(2).get_content_type() == "text/rfc822-headers"
    assert len(taking.taken) == 1


@pytest.mark.rfc("2852", "4.1")
@pytest.mark.parametrize(
    ("mode", "notify", "told"),
    [("NT", "", 1), ("NT", "FAILURE", 1), ("NT", "NEVER", 0), ("N", "", 0)],
)
async def test_who_asked_for_a_trace_is_told_that_mail_was_passed_on(
    office, taking, mode, notify, told
):
    wishes = Wishes(deliver_by_ms=int((time.time() + 3600) * 1000), by_mode=mode)
    office.post(asking(notify), wishes=wishes)
    await until(lambda: taking.taken)
    await is_over(office)

    assert len(office.reported()) == told
    for report in reports(office):
        assert fields(report)[1]["Action"] == "relayed"


@pytest.mark.rfc("3461", "4.1")
@pytest.mark.parametrize("notify", ["", "NEVER", "FAILURE", "DELAY"])
async def test_who_did_not_ask_hears_nothing_of_success(office, taking, notify):
    office.post(asking(notify))
    await until(lambda: taking.taken)
    await is_over(office)

    assert office.reported() == []


async def test_the_null_reverse_path_is_not_told_of_success(office, taking):
    office.post(asking(ASKS), sender="")
    await until(lambda: taking.taken)
    await is_over(office)

    assert office.reported() == []


async def test_a_report_of_success_is_made_once_if_it_is_cut_off(office, taking):
    """The recipient is done with when the report is durable, not before."""
    commit, fails = office.reports.commit, [True]

    def failing(group):
        if fails:
            raise TemporaryFailure("the disk is full")
        return commit(group)

    office.reports.commit = failing
    office.post(asking(ASKS))
    await until(lambda: taking.taken)
    await office.kill()
    fails.clear()
    await office.open()
    await until(office.reported)
    await is_over(office)

    assert len(reports(office)) == 1


@pytest.mark.rfc("3461", "4.1")
@pytest.mark.parametrize(
    ("notify", "told"),
    [("", 1), ("FAILURE", 1), (ASKS, 1), ("NEVER", 0), ("SUCCESS", 0), ("DELAY", 0)],
)
async def test_a_failure_is_told_unless_the_sender_does_not_want_it(
    office, refusing, notify, told
):
    await office.open()
    office.post(asking(notify))
    await until(lambda: "RCPT TO:<a@x.test>" in refusing.commands)
    await is_over(office)

    assert len(reports(office)) == told


async def test_only_those_who_want_it_are_in_one_report(office, refusing):
    await office.open()
    office.post(asking("NEVER"), asking("FAILURE", "b@x.test"), asking("", "c@x.test"))
    await until(office.reported)
    await is_over(office)

    (report,) = reports(office)
    assert [one["Final-Recipient"] for one in fields(report)[1:]] == [
        "rfc822; b@x.test",
        "rfc822; c@x.test",
    ]


@pytest.mark.rfc("3461", "4.3")
@pytest.mark.parametrize(
    ("returns", "lines", "kind"),
    [
        ("FULL", 1, "message/rfc822"),
        ("FULL", 1000, "text/rfc822-headers"),
        ("FULL", 100_000, "text/rfc822-headers"),
        ("HDRS", 1, "text/rfc822-headers"),
        ("", 1, "text/rfc822-headers"),
    ],
)
async def test_the_message_comes_back_whole_where_that_was_asked_and_it_is_small(
    office, refusing, returns, lines, kind
):
    await office.open()
    content = b"Subject: hello\r\nMessage-ID: <1@here.test>\r\n\r\n"
    content += (b"x" * 70 + b"\r\n") * lines
    office.post(asking(""), wishes=Wishes(returns=returns), content=content)
    await until(office.reported)

    (report,) = reports(office)
    assert report.get_payload(2).get_content_type() == kind
    assert report["References"] == report["In-Reply-To"] == "<1@here.test>"
    assert len(report.as_bytes()) < 56 * 1024


@pytest.mark.manual("4.4")
@pytest.mark.parametrize(("notify", "told"), [("", 1), ("DELAY", 1), ("FAILURE", 0)])
async def test_a_delay_is_told_with_its_end_unless_it_is_not_wanted(
    office, remote, notify, told
):
    server = await remote(lambda verb, arg: "451 later" if verb == "RCPT" else None)
    office.smart_host(server)
    office.set(retry=RetryLimits(retry_minutes=0, retries=1, resend_hours=4, resends=6))
    await office.open()
    office.post(asking(notify), wishes=Wishes(returns="FULL"))
    await until(lambda: office.stage("a@x.test") is Stage.SOFT)
    await until(lambda: len(office.reported()) == told)

    for report in reports(office):
        one = fields(report)[1]
        until_s = parsedate_to_datetime(one["Will-Retry-Until"]).timestamp()
        assert one["Action"] == "delayed"
        assert abs(until_s - office.clock.now() - 24 * 3600) < 60
        assert "You need not do anything" in report.get_payload(0).get_payload()
        assert report.get_payload(2).get_content_type() == "text/rfc822-headers"


# Copies for the postmaster


@pytest.mark.manual("4.4")
async def test_the_postmaster_gets_a_copy_of_a_failure(office, refusing):
    office.hub.settings["bounce_copies"] = True
    await office.open()
    office.post(asking(""), wishes=Wishes(returns="FULL"))
    await until(lambda: len(office.reported()) == 2)
    await is_over(office)

    (copy,) = reports(office, postmaster.ADDRESS)
    assert len(reports(office)) == 1
    assert copy["Subject"] == "Postmaster: undelivered mail: there is no such address"
    assert "Sender: <me@here.test>" in copy.get_payload(0).get_payload()
    assert copy.get_payload(2).get_content_type() == "text/rfc822-headers"
    (envelope, other) = [envelope for envelope, _ in office.reported()]
    assert not postmaster.is_copy(envelope)
    assert postmaster.is_copy(other)
    assert envelope.origin != other.origin


async def test_the_postmaster_hears_of_what_no_sender_can_be_told(office, refusing):
    await office.open()
    office.hub.change(bounce_copies=True)
    office.post(asking("NEVER"), sender="")
    await until(office.reported)
    await is_over(office)

    (copy,) = reports(office, postmaster.ADDRESS)
    assert "nobody else can be told" in copy.get_payload(0).get_payload()


async def test_a_copy_that_fails_is_told_to_nobody(office, refusing):
    office.hub.settings["bounce_copies"] = True
    await office.open()
    office.post(asking("NEVER"), sender="", facts=dict(postmaster.MARK))
    await until(lambda: "RCPT TO:<a@x.test>" in refusing.commands)
    await is_over(office)

    assert office.reported() == []


async def test_what_the_sender_does_not_want_to_hear_is_not_copied(office, refusing):
    office.hub.settings["bounce_copies"] = True
    await office.open()
    office.post(asking("NEVER"))
    await until(lambda: "RCPT TO:<a@x.test>" in refusing.commands)
    await is_over(office)

    assert office.reported() == []


async def test_a_bug_in_a_report_is_said_and_loses_nothing(
    office, remote, monkeypatch, caplog
):
    """Failed mail stays owed; the next start tells of it."""
    server = await remote(lambda v, _: "550 5.1.1 no" if v == "RCPT" else None)
    office.smart_host(server)
    await office.open()
    with monkeypatch.context() as broken:
        broken.setattr("mailmax.queuemax.bounce.write", lambda _: 1 / 0)
        office.post("a@x.test")
        await until(lambda: "can be made" in caplog.text)
    await office.close()
    assert not office.reported()

    await office.open()

    await until(office.reported)


async def test_a_bug_in_a_report_of_success_sends_nothing_twice(
    office, remote, monkeypatch, caplog
):
    server = await remote()
    office.smart_host(server)
    await office.open()
    monkeypatch.setattr("mailmax.queuemax.bounce.write", lambda _: 1 / 0)
    office.post(Recipient("a@x.test", notify="SUCCESS"))
    await until(lambda: "can be made" in caplog.text)
    await office.close()

    await office.open()
    await asyncio.sleep(0.3)

    assert len(server.taken) == 1
