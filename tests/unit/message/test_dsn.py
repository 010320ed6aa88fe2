"""Reports, read back by the standard library."""

import email.policy  # noqa: TID251 - the oracle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.message.dsn import write as dsn
from mailmax.message.dsn.report import Action, RecipientStatus, Report

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
    assert "You need not do anything" in people.get_payload()
    one = programs.get_payload()[1]
    assert one["Will-Retry-Until"] == "Fri, 02 Jan 1970 00:00:00 +0000"
    assert one["Diagnostic-Code"] == "x-mailmax; connection timed out"
    assert one["Action"] == "delayed"


@pytest.mark.parametrize(
    ("status", "diagnostic", "said"),
    [
        ("4.7.1", "451 4.7.1 later", ["does not take the message yet", "You need not"]),
        ("4.1.1", "550 5.1.1 no", ["no mailbox", "typing error", "tried again"]),
    ],
)
def test_a_delay_does_not_sound_like_a_failure_nor_hide_a_refusal(
    status, diagnostic, said
):
    one = RecipientStatus("a@b.test", Action.DELAYED, status, diagnostic, "mx.b.test")

    _, people, *_ = read(dsn.write(report(one)))

    words = people.get_payload()
    assert all(part in words for part in said)
    assert ("You need not" in words) == ("You need not" in said)


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


@pytest.mark.parametrize(
    "content",
    [
        MAIL + b"x" * dsn.RETURN_LIMIT_OCTETS,
        MAIL + b"x" * 999,
        MAIL + b"bare\nend",
        MAIL + b"bare\rend",
        MAIL + b"nul\0",
    ],
)
def test_what_cannot_be_a_part_comes_back_as_its_header(content):
    *_, returned = read(dsn.write(report(FAILED, return_full=True, content=content)))

    assert returned.get_content_type() == "text/rfc822-headers"


@pytest.mark.rfc("3461", "4.3")
def test_good_news_bring_the_header_alone_and_little_of_it():
    content = b"X: " + b"y" * 900 + b"\r\n"
    good = RecipientStatus("a@b.test", Action.DELIVERED, "2.0.0")

    written = dsn.write(report(good, return_full=True, content=content * 50))

    mail, people, _, returned = read(written)
    assert returned.get_content_type() == "text/rfc822-headers"
    assert len(written) < dsn.GOOD_NEWS_OCTETS + 3000
    assert mail["Subject"] == "Mail was delivered"
    assert "does not say that it was read" in people.get_payload()


def test_the_report_joins_the_thread_of_the_message():
    content = b"References: <1@a> <2@a>\r\nMessage-ID: <3@a>\r\n\r\n"

    mail, *_ = read(dsn.write(report(FAILED, content=content)))

    assert mail["In-Reply-To"] == "<3@a>"
    assert mail["References"].split() == ["<1@a>", "<2@a>", "<3@a>"]


@pytest.mark.parametrize("given", ["<a b@c>", "a@b", "<\xe4@b>", "<" + "x" * 999 + ">"])
def test_a_message_id_of_no_good_form_is_left_out(given):
    content = b"Message-ID: " + given.encode("latin-1") + b"\r\n\r\n"

    mail, *_ = read(dsn.write(report(FAILED, content=content)))

    assert (mail["In-Reply-To"], mail["References"]) == (None, None)


@pytest.mark.rfc("3464", "2.3.1")
@pytest.mark.parametrize(
    ("original", "written"),
    [
        ("rfc822;Bob@old.test", "rfc822; Bob@old.test"),
        ("RFC822;a+b@old.test", "rfc822; a+b@old.test"),
        ("bob@old.test", "rfc822; bob@old.test"),
        ("utf-8;j\u00f6rg+x@old.test", "utf-8; j\\x{F6}rg\\x{2B}x@old.test"),
        ("rfc822;j\u00f6rg@old.test", "utf-8; j\\x{F6}rg@old.test"),
        ("x400;/C=de/", "x400; /C=de/"),
        ("bad type;a@b", "rfc822; bad type;a@b"),
        ("", None),
    ],
)
def test_the_original_recipient_keeps_its_type(original, written):
    one = RecipientStatus("a@b.test", Action.FAILED, "5.1.1", original=original)

    *_, programs, _ = read(dsn.write(report(one)))

    assert programs.get_payload()[1]["Original-Recipient"] == written


@pytest.mark.parametrize(
    ("status", "diagnostic", "short"),
    [
        ("5.1.1", "", "there is no such address"),
        ("5.1.2", "", "the domain was not found"),
        ("5.2.2", "", "the mailbox is full"),
        ("5.3.4", "", "it is too large"),
        ("5.4.7", "", "it could not be delivered in time"),
        ("5.7.1", "", "the other side refused it"),
        ("5.7.26", "", "the other side refused it"),
        ("5.7.30", "", "it could not be sent encrypted all the way"),
        ("5.6.9", "", "the other side cannot take it as it is"),
        ("5.0.0", "550 no", "it was not accepted"),
        ("5.0.0", "552 too much", "it is too large"),
        ("", "", "it was not accepted"),
    ],
)
def test_the_subject_says_in_plain_words_why(status, diagnostic, short):
    one = RecipientStatus("a@b.test", Action.FAILED, status, diagnostic, "mx.b.test")

    mail, *_ = read(dsn.write(report(one)))

    assert mail["Subject"] == f"Undelivered mail: {short}"


@pytest.mark.parametrize(
    ("status", "diagnostic", "short", "other"),
    [
        (
            "5.7.1",
            "given up by the administrator of this server",
            "it was given up here",
            "the other side refused it",
        ),
        (
            "5.3.3",
            "the server does not promise delivery in time",
            "it could not be promised in time",
            "the other side cannot take it as it is",
        ),
    ],
)
def test_what_we_decided_is_not_laid_to_the_other_side(
    status, diagnostic, short, other
):
    ours = RecipientStatus("a@b.test", Action.FAILED, status, diagnostic)
    theirs = RecipientStatus("a@b.test", Action.FAILED, status, diagnostic, "mx.b.test")

    for one, said in ((ours, short), (theirs, other)):
        mail, *_ = read(dsn.write(report(one)))
        assert mail["Subject"] == f"Undelivered mail: {said}"


def test_reasons_that_differ_give_a_plain_subject():
    other = RecipientStatus("b@b.test", Action.FAILED, "5.2.2")

    mail, people, *_ = read(dsn.write(report(FAILED, other)))

    assert mail["Subject"] == "Undelivered mail: it could not be delivered"
    words = people.get_payload()
    assert "There is no mailbox with this address." in words
    assert "The recipient's mailbox is full." in words


def test_what_a_stranger_said_is_quoted_and_the_subject_named():
    mail = b"Subject: =?utf-8?q?M=C3=BCsli=0D=0ABcc:_x?=\r\n\r\n"
    one = RecipientStatus(
        "a@b.test", Action.FAILED, "5.7.1", "554 5.7.1 go away " * 20, "mx.b.test",
        original="rfc822;tim@demo.test",
    )  # fmt: skip

    _, people, *_ = read(dsn.write(report(one, content=mail)))

    words = people.get_payload(decode=True).decode()
    assert 'Your message "Müsli Bcc: x" could not be delivered to:' in words
    assert "you wrote to <tim@demo.test>" in words
    assert "The server mx.b.test said:\r\n  > 554 5.7.1 go away" in words
    lines = words.split("\r\n")
    assert all(line.startswith("  > ") for line in lines if "go away" in line)
    assert max(map(len, lines)) <= 80


def test_a_copy_for_the_postmaster_says_so():
    mail, people, *_ = read(dsn.write(report(FAILED, postmaster="pm@demo.test")))

    assert mail["To"] == "<pm@demo.test>"
    assert "Sender: <tim@demo.test>" in people.get_payload()


def test_the_boundary_never_meets_the_content():
    content = b"X: --=_a1b2c3--\r\n--=_a1b2c3\r\n--=_1_a1b2c3\r\n\r\n"

    *_, returned = read(dsn.write(report(FAILED, content=content, return_full=True)))

    assert returned.get_content_type() == "message/rfc822"


@pytest.mark.parametrize("size", [dsn.RETURN_LIMIT_OCTETS * 3])
def test_a_large_header_is_cut(size):
    written = dsn.write(report(FAILED, content=b"X: " + b"y" * size + b"\r\n\r\n"))

    assert len(written) < dsn.RETURN_LIMIT_OCTETS + 4000
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
        original=_WILD | _WILD.map("rfc822;{}".format) | _WILD.map("utf-8;{}".format),
        retry_until_s=st.none() | st.integers(0, 2**33),
    ),
    st.fixed_dictionaries(
        dict.fromkeys(
            ("host", "sender", "reverse_path", "token", "envelope_id", "postmaster"),
            _WILD,
        )
    ),
    st.binary(max_size=80)
    | _WILD.map(lambda text: f"Subject: {text}".encode("utf-8", "replace"))
    | _WILD.map(lambda text: f"Message-ID: <{text}>".encode("utf-8", "replace")),
    st.booleans(),
)
def test_nothing_is_injected(one, facts, content, return_full):
    written = dsn.write(report(one, content=content, return_full=return_full, **facts))

    mail, people, programs, returned = read(written)
    keys = mail.keys()
    thread = keys[5:-3] if "Content-Transfer-Encoding" not in keys else keys[5:-4]
    assert thread in ([], ["In-Reply-To", "References"])
    assert keys[:5] == ["From", "To", "Subject", "Date", "Message-ID"]
    assert keys[5 + len(thread) :] in (
        ["Auto-Submitted", "MIME-Version", "Content-Type"],
        ["Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"],
    )
    assert people.get_content_type() == "text/plain"
    is_whole = returned.get_content_type() == "message/rfc822"
    assert is_whole or returned.get_content_type() == "text/rfc822-headers"
    assert not is_whole or (return_full and one.action is Action.FAILED)
    about, status = programs.get_payload()
    assert set(about.keys()) <= {
        "Original-Envelope-Id", "Reporting-MTA", "Arrival-Date"
    }  # fmt: skip
    assert set(status.keys()) <= {
        "Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA",
        "Diagnostic-Code", "Will-Retry-Until",
    }  # fmt: skip
    assert status["Action"] == one.action.value
    assert max(map(len, written.split(b"\r\n"))) <= 998
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\x1b" not in written.partition(b"\r\n\r\n")[0]
    assert b"\0" not in written
