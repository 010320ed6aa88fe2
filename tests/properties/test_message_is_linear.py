"""Hostile mail costs no more than its octets: TRUST D-1, D-2, D-3, D-5.

The bound of TRUST is 50 ms and 20 ms a megabyte; here four times that in CPU time of
this thread, without collections of what other tests left in memory, so that a busy
machine does not matter and a quadratic reader still fails by far.
"""

import gc
import time
from collections.abc import Iterator

import pytest

from mailmax.message import (
    encoded_words,
    fragment,
    parameters,
    removing,
    section,
    structure,
)
from mailmax.message.dsn import write as dsn
from mailmax.message.dsn.report import Action, RecipientStatus, Report

HEAD = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"


def nested(marks: list[bytes]) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=%b\r\n\r\n--%b\r\n" % (mark, mark)
        for mark in marks
    )


_NUMBERS = [b"%d" % number for number in range(49)]

CASES = {
    "nested": nested([b"%d" % number for number in range(100_000)]),
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 100_000,
    "deep, then dashes": nested(_NUMBERS) + b"\r\n" + b"\n--" * 330_000,
    "deep, then empty lines": nested(_NUMBERS) + b"\r\n" + b"\n" * 1_000_000,
    "deep messages, then empty lines": b"Content-Type: message/rfc822\r\n\r\n" * 49
    + b"\n" * 1_000_000,
    "boundaries that begin alike": nested([b"a" * (70 + n) for n in range(49)])
    + b"\r\n"
    + (b"\n--" + b"a" * 60) * 16_000,
    "siblings": HEAD + b"--x\r\n\r\n" * 1_000_000,
    "delimiters that are none": HEAD + b"--xx\r\n" * 170_000,
    "delimiters with long tails": HEAD + (b"--x" + b" " * 60 + b"y\r\n") * 15_000,
    "itself in itself": (HEAD + b"--x\r\n") * 20_000,
    "500,000 From": b"From: a@b\r\n" * 500_000,
    "1,000,000 addresses": b"To: " + b"a@b," * 1_000_000,
    "addresses on many lines": b"To: " + b"a@b,\r\n " * 140_000,
    "100,000 groups": b"To: " + b"g:a@b;" * 100_000,
    "a line of 10 MB": b"X: " + b"x" * 10_000_000,
    "100,000 folded lines": b"Subject: " + b"\r\n x" * 100_000,
    "a name of 1 MB": b"x" * 1_000_000 + b": a",
    "no colon": b"abc\r\n" * 200_000,
    "a space first": b" a: b\r\n" * 150_000,
    "open comments": b"To: " + b"(" * 1_000_000,
    "quotes": b"To: " + b'"' * 1_000_001,
    "open angles": b"To: " + b"<" * 1_000_000,
    "open encoded words": b"Subject: " + b"=?x?b?" * 200_000,
    "one long encoded word": b"Subject: =?x?b?" + b"A" * 1_000_000,
    "type of comments": b"Content-Type: " + b"(" * 1_000_000,
    "type of semicolons": b"Content-Type: a/b" + b";" * 1_000_000,
    "type of equals": b"Content-Type: a/b;" + b"a= " * 330_000,
    "type of spaces": b"Content-Type: a/b; a" + b" " * 1_000_000,
    "type of backslashes": b'Content-Type: a/b; a="' + b"\\" * 1_000_001,
    "disposition of open quotes": b"Content-Disposition: a" + b';a="' * 100_000,
    "references": b"References: " + b"<" * 1_000_000,
    "one long reference": b"References: <" + b"a" * 1_000_000,
    "date": b"Date: " + b"Mon, " * 200_000,
    "parts with fields": HEAD + b"--x\r\nContent-Type: a/b\r\n\r\na\r\n" * 20_000,
}


@pytest.fixture(autouse=True)
def no_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def seconds_allowed(octets: bytes) -> float:
    return 4 * (0.05 + 0.02 * len(octets) / 1e6)


@pytest.mark.parametrize("name", CASES)
def test_scan_and_render(name):
    octets = CASES[name]

    begin = time.thread_time()
    made = structure.render(octets)
    spent = time.thread_time() - begin

    assert spent < seconds_allowed(octets)
    assert len(made) < 1_000_000


def test_sections_of_a_thousand_parts():
    made = structure.render(CASES["siblings"])

    begin = time.thread_time()
    for number in range(1, 1000):
        assert section.find(fragment.places(made)[:1000], [number]) is not None
    spent = time.thread_time() - begin

    assert spent < 4


@pytest.mark.parametrize(
    "octets", [b"a/b" + b";p*0*=" * 150_000, b"a/b;p=" + b"%" * 1_000_000, b'"' * 10**6]
)
def test_parameters(octets):
    begin = time.thread_time()
    parameters.joined(parameters.parse(octets))
    spent = time.thread_time() - begin

    assert spent < seconds_allowed(octets)


@pytest.mark.parametrize(
    "octets", [b"=?a?q?" + b"=" * 10**6 + b"?=", b"=?" * 500_000, b"=?x?q?a?= " * 10**5]
)
def test_encoded_words(octets):
    begin = time.thread_time()
    encoded_words.decode(octets)
    spent = time.thread_time() - begin

    assert spent < seconds_allowed(octets)


def test_reports_of_long_replies():
    one = RecipientStatus("a@b", Action.FAILED, "5.0.0", diagnostic="x " * 500_000)
    report = Report(
        host="h", sender="s", reverse_path="r", token="t", now_s=0, arrived_s=0,
        recipients=[one] * 100, content=b"X: " + b"y" * 1_000_000,
    )  # fmt: skip

    begin = time.thread_time()
    written = dsn.write(report)
    spent = time.thread_time() - begin

    assert spent < 2
    assert len(written) < 500_000


FILES = {
    "names on every part": HEAD
    + b"--x\r\nContent-Disposition: attachment; filename*0=a.; filename*1=b\r\n\r\n"
    * 9_000,
    "many names": b"Content-Disposition: attachment" + b"; filename=a" * 100_000,
    "a long name": b"Content-Disposition: a; filename=" + b"a b" * 300_000,
    "names of equals": b"Content-Type: a/b; " + b"name=" * 200_000,
    "an encoded message": b"Content-Type: message/rfc822\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b"LS14DQoNCg" * 100_000,
    "encoded messages": HEAD + b"--x\r\nContent-Type: message/rfc822\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" * 9_000,
}


@pytest.mark.parametrize("name", [*CASES, *FILES])
def test_files_are_found_and_removed(name):
    """It is scanned twice and written once."""
    octets = CASES.get(name) or FILES[name]

    begin = time.thread_time()
    made = removing.without_attachments(octets, "{file} was removed.")
    spent = time.thread_time() - begin

    assert spent < 3 * seconds_allowed(octets)
    assert made is not None
