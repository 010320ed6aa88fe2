"""Rules on anything: a slow oracle agrees, encodings do not matter, nothing raises."""

import base64
import binascii
import html
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.check import check
from mailmax.policy.rules.compiled import RuleList
from mailmax.policy.rules.compiled import test_of as prepared
from mailmax.policy.rules.evaluate import GIVEN_UP, Answer, evaluate
from mailmax.policy.rules.explain import explain
from mailmax.policy.rules.mail import Mail
from mailmax.policy.rules.outcome import ProgramWanted, Verdict, decide
from mailmax.policy.rules.rule import Rule
from mailmax.policy.rules.summary import pieces, summary

_WORDS = [
    "win", "Winter", "grün", "STRASSE", "straße", "日本語", "письмо", "é", "e\u0301",
    "a", "A1", "$5", "x-y", ".", "l\u00adot", "K", "\u212a",
]  # fmt: skip
_CHARSETS = ["utf-8", "utf-16", "gb18030"]
texts = st.lists(st.sampled_from(_WORDS), max_size=8).flatmap(
    lambda words: st.sampled_from([" ", "", "\r\n", "-"]).map(lambda s: s.join(words))
)


def normal(text: str) -> str:
    """Write the form in which texts are compared, in the slow and safe way."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", " ".join(seen.casefold().split()))


def is_in(text: str, needle: str, *, whole_word: bool) -> bool:
    """Look at every place."""
    text, needle = normal(text), normal(needle)
    if not needle:
        return False
    for at in range(len(text) - len(needle) + 1):
        end = at + len(needle)
        beside = text[max(0, at - 1) : at] + text[end : end + 1]
        is_word = not any(c.isalpha() for c in beside)
        if text[at:end] == needle and (is_word or not whole_word):
            return True
    return False


def written(text: str, charset: str, way: str, kind: str) -> bytes:
    """Write a message of one text."""
    if kind == "html":
        text = (
            html.escape(text).replace("\r\n", "<br>\r\n").replace("i", "&#105;<b></b>")
        )
    octets = text.encode(charset)
    if way == "base64":
        octets = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif way == "quoted-printable":
        octets = binascii.b2a_qp(octets, istext=False)
    head = (
        f"Content-Type: text/{kind}; charset={charset}\r\n"
        f"Content-Transfer-Encoding: {way}\r\n\r\n"
    )
    return head.encode() + octets


def mail(octets: bytes, at: datetime = datetime(2024, 3, 1, tzinfo=UTC)) -> Mail:
    zone = at.tzinfo
    assert zone is not None
    return Mail(octets, len(octets), int(at.timestamp() * 1000), zone)


@settings(max_examples=250, deadline=None)
@given(
    texts,
    texts,
    st.booleans(),
    st.sampled_from(_CHARSETS),
    st.sampled_from(["base64", "quoted-printable"]),
    st.sampled_from(["plain", "html"]),
)
def test_a_body_however_it_is_encoded(text, needle, whole_word, charset, way, kind):
    octets = written(text, charset, way, kind)
    expected = is_in(text, needle, whole_word=whole_word)

    found = prepared(when.Body(needle, whole_word))(mail(octets))

    if kind == "html" and not expected:
        return  # the needle may be in the markup
    assert found is expected


@settings(max_examples=200, deadline=None)
@given(texts, texts, st.booleans(), st.booleans())
def test_a_header_however_it_is_encoded(text, needle, whole_word, raw):
    text = " ".join(text.split())
    encoded = binascii.b2a_base64(text.encode(), newline=False)
    value = text.encode() if raw else b"=?utf-8?b?" + encoded + b"?="
    octets = b"Subject: " + value + b"\r\n\r\n"
    expected = is_in(text, needle, whole_word=whole_word) if normal(needle) else True

    message = mail(octets)

    assert prepared(when.Header("Subject", needle, whole_word))(message) is expected
    other = when.Header("Subject", needle, whole_word, does_not_contain=True)
    assert prepared(other)(message) is not expected


@given(
    st.sampled_from(["on", "not_on", "on_or_before", "before", "on_or_after", "after",
                     "between"]),
    st.integers(1, 7),
    st.integers(1, 7),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - its zone is drawn
    st.integers(-23 * 60, 23 * 60),
)  # fmt: skip
def test_days_and_hours_as_a_walk_says(comparison, first, last, at, offset):
    """From the first value on, day by day or hour by hour, around to the last."""
    at = at.replace(tzinfo=timezone(timedelta(minutes=offset)))
    walk = [first]
    while walk[-1] != last:
        walk.append(walk[-1] % 7 + 1)
    days = {
        "on": [first],
        "not_on": [day for day in range(1, 8) if day != first],
        "on_or_before": range(1, first + 1),
        "before": range(1, first),
        "on_or_after": range(first, 8),
        "after": range(first + 1, 8),
        "between": walk,
    }[comparison]
    condition = when.DayOfWeek(comparison, first, last)

    found = prepared(condition)(mail(b"", at))

    assert found is (int(at.strftime("%w")) + 1 in days)


short = st.text(max_size=12)
odd_texts = st.one_of(
    short, texts, st.sampled_from(["*", "*a*a", "a?b", "\ud800", "\0", ":"])
)
numbers = st.one_of(st.none(), st.integers(-5, 400))
_size = st.builds(
    when.Size,
    st.sampled_from(["equal", "not_equal", "between", "less"]),
    numbers,
    numbers,
)
_comparison = st.sampled_from(["on", "not_on", "between", "after"])
_dates = st.one_of(odd_texts, st.sampled_from(["2024-03-01", "2024-02-30"]))
_times = st.one_of(odd_texts, st.sampled_from(["00:00", "23:59", "24:00"]))
conditions = st.one_of(
    _size,
    st.builds(when.Date, _comparison, _dates, _dates),
    st.builds(when.Time, _comparison, _times, _times),
    st.builds(when.DayOfWeek, _comparison, numbers, numbers),
    st.builds(
        when.Header,
        st.one_of(odd_texts, st.sampled_from(["Subject", "Content-Type"])),
        odd_texts,
        st.booleans(),
        st.booleans(),
    ),
    st.builds(when.Body, odd_texts, st.booleans()),
    st.builds(when.WholeMail, odd_texts, st.booleans()),
    st.builds(when.AttachmentName, odd_texts, st.booleans()),
    st.builds(when.FileType, odd_texts),
    st.just(when.AnyMessage()),
    st.builds(when.ExternalTest, odd_texts),
)
actions = st.one_of(
    st.builds(do.Store, odd_texts),
    st.builds(do.Forward, st.lists(odd_texts, max_size=3).map(tuple)),
    st.sampled_from([do.Discard(), do.DiscardAttachment(), do.TerminateOtherRules()]),
    st.builds(do.RespondText, odd_texts, odd_texts, odd_texts, odd_texts),
    st.builds(do.RespondFile, odd_texts, odd_texts, odd_texts, odd_texts),
    st.builds(do.NoteToSelf, odd_texts, odd_texts, odd_texts, odd_texts),
    st.builds(do.RunProgram, odd_texts),
)
rules = st.builds(
    Rule,
    odd_texts,
    st.lists(conditions, max_size=4).map(tuple),
    st.lists(actions, max_size=4).map(tuple),
    st.booleans(),
)
_PIECES = [
    b"Subject: ", b"\r\n", b"\r\n\r\n", b"a*b?", b"--x", b"=?utf-8?q?=E4?=", b"\xff",
    b"\0", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
    b"; name=a.exe", b"<a ",
    b"Content-Type: text/html; charset=utf-7\r\n", b"&#1;", b"\xc3\xa4",
    b"Content-Type: a/b; name*=utf-8''%2A\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n\r\n",
]  # fmt: skip
messages = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=30).map(b"".join),
    st.binary(max_size=100),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(rules, max_size=5), messages, st.sampled_from([True, False, None]))
def test_anything_on_anything_has_a_verdict(given_rules, octets, answer):
    for rule in given_rules:
        check(rule)
        assert "".join(piece.text for piece in pieces(rule)) == summary(rule)
        assert summary(rule).isprintable()
    ready = RuleList(given_rules)
    message = mail(octets)
    answers: dict[str, Answer] = {}
    asked = []

    verdict = evaluate(ready, message, answers)
    while isinstance(verdict, ProgramWanted):
        asked.append(verdict.command)
        is_last = answer is None and verdict.can_wait  # or it is wanted for ever
        answers[verdict.command] = GIVEN_UP if is_last else answer
        verdict = evaluate(ready, message, answers)

    assert len(set(asked)) == len(asked)
    assert isinstance(verdict, Verdict)
    assert verdict == evaluate(ready, mail(octets), answers), "fresh eyes see the same"
    explained = explain(given_rules, mail(octets), answers)
    assert (explained.fired, explained.terminates) == (
        verdict.fired,
        verdict.terminates,
    )
    fires = [
        rule
        for rule, one in zip(given_rules, explained.findings, strict=True)
        if one.fires
    ]
    assert fires == list(verdict.fired)
    outcome = decide([verdict])
    assert len(set(outcome.mailboxes)) == len(outcome.mailboxes)
    stores = [
        a for rule in verdict.fired for a in rule.actions if isinstance(a, do.Store)
    ]
    discards = any(do.Discard() in rule.actions for rule in verdict.fired)
    assert bool(outcome.mailboxes) is (bool(stores) or not discards)
