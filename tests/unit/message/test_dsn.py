"""Reports, read back by the standard library."""

import email.policy  # noqa: TID251 - the oracle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.message import dsn
from mailmax.message.dsn import Action, RecipientStatus, Report

MAIL = b"From: tim@demo.test\r\nSubject: lunch\r\n\r\nat noon\r\n"
FAILED = RecipientStatus(
    address="nobody@example.org",
    action=Action.FAILED,
    status="5.1.1",
    diagnostic="550 5.1.1 no such user",
    remote_mta="mx.example.org",
)
DELAYED = RecipientStatus(
    address="later@example.org",
    action=Action.DELAYED,
    status="4.4.1",
    diagnostic="connection timed out",
    retry_until_s=86_400,
)


def report(*recipients, **changed) -> Report:
    facts = {
        "host": "mx.demo.test", "sender": "mailer-daemon@mx.demo.test",
        "reverse_path": "tim@demo.test", "token": "a1b2c3", "now_s": 1000,
        "arrived_s": 500, "content": MAIL,
    }  # fmt: skip
    return Report(recipients=recipients, **(facts | changed))


def read(octets: bytes):
    mail = email.message_from_bytes(octets, policy=email.policy.compat32)
    assert mail.get_content_type() == "multipart/report"
    return mail, *mail.get_payload()


def test_a_failure():
    written = dsn.write(report(FAILED, envelope_id="QQ314159"))

    mail, people, programs, returned = read(written)
    assert mail["To"] == "<tim@demo.test>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Message-ID"] == "<a1b2c3@mx.demo.test>"
    assert mail.get_param("report-type") == "delivery-status"
    assert "<nobody@example.org>" in people.get_payload()
    about, one = programs.get_payload()
    assert about["Reporting-MTA"] == "dns; mx.demo.test"
    assert about["Original-Envelope-Id"] == "QQ314159"
    assert about["Arrival-Date"] == "Thu, 01 Jan 1970 00:08:20 +0000"
    assert one["Final-Recipient"] == "rfc822; nobody@example.org"
    assert one["Action"] == "failed"
    assert one["Status"] == "5.1.1"
    assert one["Remote-MTA"] == "dns; mx.example.org"
    assert one["Diagnostic-Code"] == "smtp; 550 5.1.1 no such user"
    assert returned.get_content_type() == "text/rfc822-headers"
    assert returned.get_payload() == "From: tim@demo.test\r\nSubject: lunch\r\n"


def test_a_delay_says_until_when():
    _, people, programs, _ = read(dsn.write(report(DELAYED)))

    assert "It will be tried until Fri, 02 Jan 1970" in people.get_payload()
    one = programs.get_payload()[1]
    assert one["Will-Retry-Until"] == "Fri, 02 Jan 1970 00:00:00 +0000"
    assert one["Diagnostic-Code"] == "x-mailmax; connection timed out"
    assert one["Action"] == "delayed"


def test_the_worst_gives_the_subject():
    mail, *_ = read(dsn.write(report(DELAYED, FAILED)))

    assert mail["Subject"].startswith("Undelivered")


def test_the_whole_message_comes_back_when_asked_for():
    *_, returned = read(dsn.write(report(FAILED, return_full=True)))

    assert returned.get_content_type() == "message/rfc822"
    assert returned.get_payload()[0].get_payload() == "at noon\r\n"


def test_a_foreign_address_is_written_in_seven_bits():
    one = RecipientStatus(address="jörg@b", action=Action.FAILED, status="5.1.1")

    _, people, programs, _ = read(dsn.write(report(one)))

    assert programs.get_payload()[1]["Final-Recipient"] == "utf-8; j\\x{F6}rg@b"
    assert "jörg@b" in people.get_payload(decode=True).decode()


def test_the_boundary_never_meets_the_content():
    content = b"X: --=_a1b2c3--\r\n--=_a1b2c3\r\n--=_1_a1b2c3\r\n\r\n"

    *_, returned = read(dsn.write(report(FAILED, content=content, return_full=True)))

    assert returned.get_content_type() == "message/rfc822"


@pytest.mark.parametrize("size", [dsn.HEADER_LIMIT_OCTETS * 3])
def test_a_large_header_is_cut(size):
    written = dsn.write(report(FAILED, content=b"X: " + b"y" * size + b"\r\n\r\n"))

    assert len(written) < dsn.HEADER_LIMIT_OCTETS + 4000
    assert max(map(len, written.split(b"\r\n"))) <= 998


_WILD = st.text(max_size=60) | st.sampled_from(
    ["a\r\nBcc: x@y", "a\n\n--=_a1b2c3--", "\r\n.\r\n", "\x1b[31m", "\0", "ä" * 999]
)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        RecipientStatus,
        address=_WILD,
        action=st.sampled_from(Action),
        status=_WILD,
        diagnostic=_WILD,
        remote_mta=_WILD,
        original=_WILD,
    ),
    st.fixed_dictionaries(
        dict.fromkeys(("host", "sender", "reverse_path", "token", "envelope_id"), _WILD)
    ),
    st.binary(max_size=80),
)
def test_nothing_is_injected(one, facts, content):
    written = dsn.write(report(one, content=content, **facts))

    mail, people, programs, returned = read(written)
    assert mail.keys()[:8] == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert mail.keys()[8:] in ([], ["Content-Transfer-Encoding"])
    assert people.get_content_type() == "text/plain"
    assert returned.get_content_type() == "text/rfc822-headers"
    about, status = programs.get_payload()
    assert set(about.keys()) <= {
        "Original-Envelope-Id", "Reporting-MTA", "Arrival-Date"
    }  # fmt: skip
    assert set(status.keys()) <= {
        "Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA",
        "Diagnostic-Code",
    }  # fmt: skip
    assert status["Action"] == one.action.value
    assert max(map(len, written.split(b"\r\n"))) <= 998
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\0" not in written
