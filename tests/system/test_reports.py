"""What a sender asks for on the wire comes back as a report (RFC 3461, RFC 3464)."""

import email.policy  # noqa: TID251 - the oracle
import smtplib
import uuid

import pytest

from fix_forwarding import (
    add_domain,
    add_user,
    count,
    forward,
    mail,
    settle,
    somewhere,
)
from fix_sink import Sink
from fix_suite import Account, Suite

ASKS = "NOTIFY=SUCCESS,FAILURE"
NO_SUCH = b"550 5.1.1 no such user\r\n"

pytestmark = pytest.mark.system


@pytest.fixture
def joe(suite: Suite) -> Account:
    """Give a user who is not the postmaster, as the first of a suite is."""
    return add_user(suite, f"joe@{add_domain(suite)}")


def hand_in(
    suite: Suite, sender: Account, recipient: str, options: list[str], mark: str
) -> str:
    """Hand in a message that asks for reports; return its ENVID."""
    envelope_id = f"QQ{uuid.uuid4().hex}"
    with smtplib.SMTP("127.0.0.1", suite.port("submission"), timeout=20) as client:
        client.ehlo("client.test")
        assert client.has_extn("dsn")
        client.login(sender.address, sender.password)
        client.sendmail(
            sender.address, [recipient], mail(mark, f"Message-ID: <{mark}@x>"),
            [f"ENVID={envelope_id}+2B", "RET=HDRS"], options,
        )  # fmt: skip
    return f"{envelope_id}+"


def report_about(suite: Suite, user: Account, text: str) -> email.message.Message:
    """Return the report with that text, read by another reader."""
    octets = suite.wait_for(user, text)
    report = email.message_from_bytes(octets, policy=email.policy.compat32)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    return report


def fields(report: email.message.Message) -> tuple[dict[str, str], dict[str, str]]:
    about, one = report.get_payload(1).get_payload()
    return dict(about.items()), dict(one.items())


@pytest.mark.rfc("3464", "2")
def test_a_delivery_here_comes_back_as_a_report(
    suite: Suite, tim: Account, anna: Account
) -> None:
    mark = uuid.uuid4().hex
    options = [ASKS, "ORCPT=rfc822;Tim+2Bx@old.test"]

    envelope_id = hand_in(suite, anna, tim.address, options, mark)

    report = report_about(suite, anna, mark)
    about, one = fields(report)
    assert about["Original-Envelope-Id"] == envelope_id
    assert set(about) == {"Original-Envelope-Id", "Reporting-MTA", "Arrival-Date"}
    assert one == {
        "Original-Recipient": "rfc822; Tim+x@old.test",
        "Final-Recipient": f"rfc822; {tim.address}",
        "Action": "delivered",
        "Status": "2.0.0",
    }
    assert report["References"] == f"<{mark}@x>"
    assert count(suite, tim, mark) == 1


@pytest.mark.rfc("3461", "5.2.2")
@pytest.mark.parametrize(("refusal", "action"), [(b"", "relayed"), (NO_SUCH, "failed")])
def test_what_leaves_comes_back_as_a_report(
    suite: Suite, sink: Sink, anna: Account, refusal: bytes, action: str
) -> None:
    """The sink offers no DSN: so that it was passed on is ours to say."""
    far, mark = somewhere(), uuid.uuid4().hex
    if refusal:
        sink.refused[far] = refusal

    envelope_id = hand_in(suite, anna, far, [ASKS], mark)

    about, one = fields(report_about(suite, anna, mark))
    assert about["Original-Envelope-Id"] == envelope_id
    assert one["Final-Recipient"] == f"rfc822; {far}"
    assert one["Action"] == action
    assert "Original-Recipient" not in one


@pytest.mark.rfc("3461", "5.2.7.3")
def test_a_forward_that_fails_is_told_and_the_copy_is_delivered(
    suite: Suite, sink: Sink, joe: Account, anna: Account
) -> None:
    far, mark = somewhere(), uuid.uuid4().hex
    sink.refused[far] = NO_SUCH
    forward(suite, joe, far)

    hand_in(suite, anna, joe.address, [ASKS], mark)

    delivered = fields(report_about(suite, anna, "Action: delivered"))[1]
    failed = fields(report_about(suite, anna, "Action: failed"))[1]
    assert delivered["Final-Recipient"] == f"rfc822; {joe.address}"
    assert failed["Final-Recipient"] == f"rfc822; {far}"
    assert failed["Original-Recipient"] == f"rfc822; {joe.address}"


@pytest.mark.rfc("3461", "4.1")
def test_who_wants_nothing_hears_nothing(
    suite: Suite, sink: Sink, joe: Account, anna: Account
) -> None:
    far, mark = somewhere(), uuid.uuid4().hex
    sink.refused[far] = NO_SUCH
    forward(suite, joe, far)

    hand_in(suite, anna, joe.address, ["NOTIFY=NEVER"], mark)

    suite.wait_for(joe, mark)
    settle(suite, sink, far.partition("@")[2])
    assert count(suite, anna, mark) == 0


def test_a_report_of_success_survives_the_filer(
    suite: Suite, tim: Account, anna: Account
) -> None:
    """Killed behind it or before it: it is there, and once."""
    mark = uuid.uuid4().hex
    hand_in(suite, anna, tim.address, [ASKS], mark)

    suite.wait_back("filer", suite.kill("filer"))

    report_about(suite, anna, mark)
    suite.wait_back("filer", suite.kill("filer"))
    after = uuid.uuid4().hex
    suite.send(anna.address, anna.address, mail(after))
    suite.wait_for(anna, after)
    assert count(suite, anna, mark) == 1
    assert count(suite, tim, mark) == 1
