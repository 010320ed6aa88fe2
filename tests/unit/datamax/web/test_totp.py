"""Codes of authenticators (RFC 6238), against the standard's own examples."""

from base64 import b32encode

import pytest

from mailmax.datamax.web import totp

SECRET = b32encode(b"12345678901234567890").decode("ascii")


@pytest.mark.rfc("4226", "5.3")
@pytest.mark.parametrize(
    ("step", "code"),
    [(0, "755224"), (1, "287082"), (2, "359152"), (8, "399871"), (9, "520489")],
)
def test_codes_are_those_of_the_standards_table(step, code):
    assert code == totp.code_at(SECRET, step)


@pytest.mark.rfc("6238", "4")
@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1234567890, "89005924"),
        (20000000000, "65353130"),
    ],
)
def test_codes_follow_the_time(now, code):
    assert code == totp.code_at(SECRET, now // totp.STEP_S, 8)


def test_a_clock_may_be_one_step_off_and_no_more():
    now, step = 1_000_000_000.0, 1_000_000_000 // 30
    found = {
        ahead: totp.matching_step(SECRET, totp.code_at(SECRET, step + ahead), now)
        for ahead in range(-2, 3)
    }

    assert {-2: None, -1: step - 1, 0: step, 1: step + 1, 2: None} == found


def test_what_is_no_code_is_told_from_one():
    assert totp.is_code("012345")
    for text in ("", "12345", "1234567", "12345a", "٠١٢٣٤٥", "ABCD-EFGH"):
        assert not totp.is_code(text)


def test_the_uri_escapes_what_people_call_things():
    uri = totp.uri("ABC", "ann@one.test", "Ours & Co?")

    assert uri == (
        "otpauth://totp/Ours%20%26%20Co%3F%3Aann%40one.test"
        "?secret=ABC&issuer=Ours%20%26%20Co%3F"
    )
    assert len(totp.make_secret()) == 32
    assert totp.make_secret() != totp.make_secret()
