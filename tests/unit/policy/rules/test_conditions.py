"""Every condition with every comparison."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from mailmax.policy.rules import condition as when
from mailmax.policy.rules.compiled import test_of as prepared
from mailmax.policy.rules.mail import Mail
from rule_mail import PLAIN, mail, named, with_files


def holds(condition: when.Condition, *args, **kwargs) -> bool:
    return prepared(condition)(mail(*args, **kwargs))


@pytest.mark.manual("8.1.1")
@pytest.mark.parametrize(
    ("comparison", "fits"),
    [
        ("equal", [100]),
        ("not_equal", [0, 99, 101, 200, 201]),
        ("less", [0, 99]),
        ("greater", [101, 200, 201]),
        ("less_or_equal", [0, 99, 100]),
        ("greater_or_equal", [100, 101, 200, 201]),
        ("between", [100, 101, 200]),
    ],
)
def test_size(comparison, fits):
    condition = when.Size(comparison, 100, 200)

    assert [n for n in (0, 99, 100, 101, 200, 201) if holds(condition, size=n)] == fits


def test_a_size_of_zero_is_a_size():
    assert holds(when.Size("between", 0, 0), size=0)
    assert not holds(when.Size("between", 0, 0), size=1)


MOMENTS = [
    ("on", {3}),
    ("not_on", {1, 2, 4, 5, 6, 7}),
    ("on_or_before", {1, 2, 3}),
    ("before", {1, 2}),
    ("on_or_after", {3, 4, 5, 6, 7}),
    ("after", {4, 5, 6, 7}),
    ("between", {3, 4, 5}),
]


@pytest.mark.manual("8.1.2")
@pytest.mark.parametrize(("comparison", "days"), MOMENTS)
def test_date(comparison, days):
    condition = when.Date(comparison, "2024-03-03", "2024-03-05")

    found = {
        day
        for day in range(1, 8)
        for hour in (0, 23)
        if holds(condition, at=datetime(2024, 3, day, hour, 59, 59, tzinfo=UTC))
    }

    assert found == days


@pytest.mark.manual("8.1.3")
@pytest.mark.parametrize(("comparison", "days"), MOMENTS)
def test_day_of_week(comparison, days):
    """3 March 2024 was a Sunday, so day 1 of a week."""
    sunday = datetime(2024, 3, 3, tzinfo=UTC)
    condition = when.DayOfWeek(comparison, 3, 5)

    found = {
        day
        for day in range(1, 8)
        if holds(condition, at=sunday + timedelta(days=day - 1))
    }

    assert found == days


@pytest.mark.manual("8.1.4")
@pytest.mark.parametrize(("comparison", "hours"), MOMENTS)
def test_time(comparison, hours):
    condition = when.Time(comparison, "03:00", "05:00")
    exact = [datetime(2024, 3, 1, hour, 0, 30, tzinfo=UTC) for hour in range(1, 8)]

    assert {at.hour for at in exact if holds(condition, at=at)} == hours


def test_a_time_is_a_whole_minute():
    at = datetime(2024, 3, 1, 13, 30, 59, tzinfo=UTC)

    assert holds(when.Time("on", "13:30"), at=at)
    assert not holds(when.Time("after", "13:30"), at=at)
    assert holds(when.Time("after", "13:30"), at=at + timedelta(seconds=1))


def test_days_and_times_go_around():
    weekend = when.DayOfWeek("between", 7, 2)
    night = when.Time("between", "22:00", "06:00")
    begin = datetime(2024, 3, 3, tzinfo=UTC)

    days = [begin + timedelta(days=n) for n in range(7)]
    hours = [begin + timedelta(hours=n) for n in range(24)]

    assert [holds(weekend, at=at) for at in days] == [True, True, *4 * [False], True]
    assert [at.hour for at in hours if holds(night, at=at)] == [*range(7), 22, 23]


def test_from_a_day_or_time_to_the_same_is_one():
    at = datetime(2024, 3, 3, 13, 30, tzinfo=UTC)

    assert holds(when.DayOfWeek("between", 1, 1), at=at)
    assert not holds(when.DayOfWeek("between", 2, 2), at=at)
    assert holds(when.Time("between", "13:30", "13:30"), at=at)
    assert not holds(when.Time("between", "13:31", "13:31"), at=at)


def test_a_date_does_not_go_around():
    assert not holds(when.Date("between", "2024-03-01", "2024-02-01"))


@pytest.mark.parametrize(
    ("zone", "date", "time"),
    [
        (UTC, "2024-03-31", "00:30"),
        (timezone(timedelta(hours=-12)), "2024-03-30", "12:30"),
        (timezone(timedelta(hours=14)), "2024-03-31", "14:30"),
        (ZoneInfo("Europe/Berlin"), "2024-03-31", "01:30"),
        (ZoneInfo("America/New_York"), "2024-03-30", "20:30"),
    ],
)
def test_the_zone_of_the_server_counts(zone, date, time):
    message = mail(at=datetime(2024, 3, 31, 0, 30, tzinfo=UTC), zone=zone)

    assert prepared(when.Date("on", date))(message)
    assert prepared(when.Time("on", time))(message)
    weekday = 1 if date == "2024-03-31" else 7
    assert prepared(when.DayOfWeek("on", weekday))(message)


@pytest.mark.parametrize("text", ["you won", "YOU", "u w", "You Won", "  you   won "])
def test_a_header_contains_a_text(text):
    assert holds(when.Header("Subject", text))
    assert holds(when.Header("sUBJECT", text))
    assert not holds(when.Header("Subject", text, does_not_contain=True))
    assert not holds(when.Header("From", text))
    assert holds(when.Header("From", text, does_not_contain=True))


@pytest.mark.manual("8.1.5")
def test_a_header_exists():
    assert holds(when.Header("Subject"))
    assert not holds(when.Header("Subject", does_not_contain=True))
    assert not holds(when.Header("X-Spam"))
    assert holds(when.Header("X-Spam", does_not_contain=True))
    assert holds(when.Header("X-Spam", "yes", does_not_contain=True))


def test_one_of_several_headers_is_enough():
    octets = b"Received: a\r\nReceived: b\r\n\r\n"

    assert holds(when.Header("Received", "b"), octets)
    assert not holds(when.Header("Received", "b", does_not_contain=True), octets)
    assert not holds(when.Header("Received", "a b"), octets)


def test_a_header_is_of_the_message_itself():
    octets = with_files("Content-Type: message/rfc822\r\n\r\nX-Inner: a")

    assert not holds(when.Header("X-Inner"), octets)
    assert not holds(when.Header("Content-Disposition"), named("a"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("win", False), ("winter", True), ("a winter", True), ("inter", False),
        ("winters", True), ("x1", True), ("x", True), ("$5", True), ("5", True),
        ("été", True), ("t", False), ("été winters", True), ("é", False),
    ],
)  # fmt: skip
def test_a_whole_word_has_no_letter_beside_it(text, found):
    octets = "Subject: winters; A Winter-x1 ($5) été winters".encode()

    assert holds(when.Header("Subject", text, whole_word=True), octets) is found
    assert holds(when.Header("Subject", text), octets)


def test_a_word_that_overlaps_itself_is_found():
    assert holds(when.Body("a-a", whole_word=True), b"\r\nxa-a-a")
    assert not holds(when.Body("a-a", whole_word=True), b"\r\nxa-a-ax")


@pytest.mark.manual("8.1.6")
def test_the_body_and_the_whole_mail():
    for text, header, body in [("lottery", False, True), ("You won", True, False)]:
        assert holds(when.Body(text)) is body
        assert holds(when.WholeMail(text)) is (header or body)
        assert holds(when.Body(text.upper(), whole_word=True)) is body
        assert holds(when.WholeMail(text, whole_word=True))
    assert not holds(when.Body("lotter", whole_word=True))
    assert not holds(when.WholeMail("lotter", whole_word=True))
    assert not holds(when.WholeMail("won the"))
    assert holds(when.WholeMail("subject: you"))


def test_the_whole_mail_has_the_names_of_files():
    assert holds(when.WholeMail("plan.pdf"), named("Plan.pdf"))
    assert not holds(when.Body("plan.pdf"), named("Plan.pdf"))


@pytest.mark.parametrize(
    ("text", "whole_word", "found"),
    [
        ("invoice", False, True), ("invoice", True, True), ("voice", False, True),
        ("voice", True, False), ("MY-Invoice", True, True), ("*.exe", False, True),
        ("*.EXE", True, True), ("*.ex", False, False), ("*.ex", True, False),
        ("*invoice*", False, True), ("invoice*", False, False),
        ("invoice*", True, True),
        ("my?invoice?2.exe", False, True), ("m*e", False, True), ("m*2", False, False),
        ("m*2", True, True), ("?.exe", False, False), ("?.exe", True, True),
        ("*", False, True), ("????????????????", False, True), ("*.pdf", False, False),
        ("*.*", False, True), ("in*ce", True, True), ("in*oi", True, False),
    ],
)  # fmt: skip
def test_names_of_files(text, whole_word, found):
    octets = named("first.txt", "My-Invoice_2.exe")

    assert holds(when.AttachmentName(text, whole_word), octets) is found


def test_without_files_no_name_fits():
    assert not holds(when.AttachmentName("*"), PLAIN)
    assert not holds(when.AttachmentName("*"), with_files("Content-Type: a/b"))
    assert not holds(when.FileType("exe"), PLAIN)


def test_every_reading_of_a_name_counts():
    octets = with_files(
        "Content-Type: a/b; name=x.exe\r\nContent-Disposition: a; filename=y.txt"
    )

    assert holds(when.FileType("exe"), octets)
    assert holds(when.FileType("txt"), octets)
    assert holds(when.AttachmentName("*.exe"), octets)


@pytest.mark.manual("8.1.7")
@pytest.mark.parametrize(
    ("name", "extension", "found"),
    [
        ("a.exe", "exe", True), ("a.EXE", ".exe", True), ("a.exe", " .ExE ", True),
        ("a.exe", "exe.", True),
        ("a.exe", "xe", False), ("exe", "exe", False), (".exe", "exe", True),
        ("a.tar.gz", "gz", True), ("a.tar.gz", "tar.gz", True),
        ("a.exe", "txt", False), ("a.exe.", "exe", True), ("a.exe . .", "exe", True),
        ("a.exe.txt", "exe", False),
        ("a.*", "*", True), ("a.exe", "*", False), ("a.ex?", "exe", False),
    ],
)  # fmt: skip
def test_types_of_files(name, extension, found):
    assert holds(when.FileType(extension), named(name)) is found


@pytest.mark.parametrize(
    "condition",
    [
        when.Size(), when.Size("not_equal"), when.Size("between", 0),
        when.Date("not_on"),
        when.Date("not_on", "2024-02-30"), when.Date("between", "2000-01-01"),
        when.DayOfWeek("not_on"), when.DayOfWeek("between", 1), when.Time("not_on"),
        when.Time("not_on", "24:00"), when.Time("between", "00:00", "7:00"),
        when.Header(), when.Header(text="a"), when.Header(does_not_contain=True),
        when.Body(), when.Body(" "), when.WholeMail("\u200b"), when.AttachmentName(),
        when.FileType(), when.FileType(" . "), when.ExternalTest("/bin/true %M"),
    ],
)  # fmt: skip
def test_what_is_unfinished_never_holds(condition):
    assert not holds(condition, named("a"))


def test_any_message():
    assert holds(when.AnyMessage(), b"")
    assert holds(when.AnyMessage(), size=10**12)


@pytest.mark.parametrize("at_ms", [-(10**18), -1, 0, 10**18])
def test_no_time_is_too_odd(at_ms):
    for hours in (-23, 0, 23):
        message = Mail(PLAIN, 1, at_ms, timezone(timedelta(hours=hours)))
        assert prepared(when.Date("on_or_after", "1969-12-31"))(message)
