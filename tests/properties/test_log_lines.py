"""Whatever an event has in it makes one line that nobody can forge (TRUST N1, N4)."""

import dataclasses
import json
import re
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.observe.events import sessions, smtp
from mailmax.observe.events.catalogue import Event, describe
from mailmax.observe.events.kinds import Who
from mailmax.observe.records import LONGEST_LINE, encode, encode_content, encode_lost

NASTY = (
    'a\r\n2026-11-27T10:00:00.000+00:00 smtp 1.1 192.0.2.9 admin logged-in way="x"',
    "\x1b[2J", "\r", "\u2028\u2029\x85\x00\x7f", "%s%n{0.who}", "\udcff\ud800",
    'x" from=<1.2.3.4> peer=192.0.2.7', "\\", '\\"', "\u202e evil", "é" * 70_000,
    "\x00" * 1_000_000,
)  # fmt: skip
TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=300), st.text('"\\ =<>'))
VALUES = {
    int: st.integers(0, 2**63),
    str: TEXT,
    bool: st.booleans(),
    float: st.floats(0, 1e9),
    bytes: st.binary(max_size=200),
    Who: st.builds(Who, st.just("smtpmax"), st.just("1.1"), TEXT, TEXT),
}
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d smtp "
    r'(?:(?:[A-Za-z0-9._:/@+-]+|"(?:[^"\\]|\\.)*") ){3}[a-z-]+'
    r'(?: [a-z_]+=(?:"(?:[^"\\]|\\.)*"|[0-9a-z.+-]+))*'
)


def events():
    return st.one_of(
        *(
            st.builds(
                one,
                **{
                    field.name: VALUES[typing.get_type_hints(one)[field.name]]
                    for field in dataclasses.fields(one)
                },
            )
            for one in typing.get_args(Event)
        )
    )


@given(events(), st.floats(0, 4e9), st.sampled_from(["text", "json"]))
def test_one_event_is_one_line(event, at_s, form):
    line = encode(event, at_s, "smtp", form)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= LONGEST_LINE
    text = line[:-1].decode()  # strict: it is UTF-8
    assert text.isprintable()
    if form == "json":
        assert json.loads(text)["service"] == "smtp"
    else:
        assert LINE.fullmatch(text)
    assert describe(event).isprintable()


@given(TEXT)
def test_what_was_said_comes_back_from_json(name):
    event = sessions.LoginFailed(Who("popmax"), name, "PASS", "no")

    found = json.loads(encode(event, 0, "pop", "json"))["name"]

    assert found == name or name.startswith(found.removesuffix("…"))


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", NASTY)
def test_a_name_cannot_be_taken_for_a_fact(form, name):
    """TRUST N4: a filter that looks for an address finds the client's only."""
    who = Who("smtpmax", "1.1", "198.51.100.1")
    line = encode(sessions.LoginFailed(who, name, "PLAIN", "no"), 0, "smtp", form)
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "", line.decode())

    assert "192.0.2" not in text
    assert "1.2.3.4" not in text


@given(st.binary(max_size=5000))
def test_content_is_lines_of_their_own(content):
    """TRUST N3: what mail says cannot look like a line of ours either."""
    event = smtp.ContentHeard(Who("smtpmax", "1.1"), "m.1", content)

    for line in encode_content(event, 0):
        assert line.count(b"\n") == 1
        assert len(line) <= LONGEST_LINE
        assert line[:-1].decode().isprintable()
        assert b" 1.1 m.1 | " in line


def test_content_is_in_no_other_line():
    event = smtp.ContentHeard(Who("smtpmax", "1.1"), "m.1", b"private")

    assert b"private" not in encode(event, 0, "smtp", "json")
    assert "private" not in describe(event)
    assert "private" not in repr(event)


def test_lost_lines_are_counted_in_words():
    assert encode_lost(7, 0, "smtp", "text").endswith(b" - - - lines-lost lines=7\n")
    assert json.loads(encode_lost(7, 0, "smtp", "json"))["lines"] == 7
