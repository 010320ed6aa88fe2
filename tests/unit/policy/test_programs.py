"""Command lines of external programs are taken apart once, and checked."""

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailmax.policy.programs import (
    CHECKER,
    LONGEST_LINE,
    RULE,
    Ended,
    NoAnswer,
    Program,
    join,
    judge,
    parse,
    split,
)
from mailmax.settings.field import BadValue

WORDS = st.lists(
    st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12
    ).filter(bool),
    min_size=1,
    max_size=8,
)


def reason(found: Program | BadValue) -> str:
    assert isinstance(found, BadValue)
    assert found.field == "checker"
    assert found.cure
    return found.reason


@pytest.mark.manual("4.10")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/usr/bin/scan -di %d", ("/usr/bin/scan", "-di", "%d")),
        ('"/opt/my scanner/scan"  -x ""', ("/opt/my scanner/scan", "-x", "")),
        (r"/s 'a \" b' \ \% a\\b", ("/s", r"a \" b", " %", r"a\b")),
        (r'/s "a \" \\ \n"', ("/s", r'a " \ \n')),
        ("/s --dir=%d/x", ("/s", "--dir=%d/x")),
        ("/s '|' \"$HOME\" \\;", ("/s", "|", "$HOME", ";")),
    ],
)
def test_a_line_is_cut_into_words(line: str, words: tuple[str, ...]):
    assert split("checker", line) == words


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("scan %d", "no absolute path"),
        (r'"C:\av\avgscan.exe" %d', "no absolute path"),
        ("/usr/bin/../../tmp/x", "no path of a file"),
        ("/usr/bin/", "no path of a file"),
        ("/usr/%d/x", "placeholder in it"),
        ("/s 'a", "the quote at 4 is never closed"),
        ('/s "a\\"', "never closed"),
        ("/s a\\", "backslash at the end"),
        ("/s %d | mail x", "no shell to understand |"),
        ("/s $(id)", "no shell to understand $"),
        ("/s a;b", "no shell to understand ;"),
        ("/s %D", "%D in '%D' means nothing here"),
        ("/s %F", "means nothing here"),
        ("/s 100%", "% in '100%' means nothing here"),
        ("/s a\nb", "control character at 5"),
        ("/s a\0b", "control character"),
        ("/s a\u2028b", "control character"),
        ("/s " + "x" * LONGEST_LINE, "4099 characters"),
        ("/s " + "x " * 100, "101 words"),
    ],
)
def test_what_cannot_be_meant_is_refused(line: str, why: str):
    assert why in reason(parse("checker", line, CHECKER))


def test_limits_are_where_they_are_said():
    assert isinstance(split("f", "/s " + "x" * (LONGEST_LINE - 3)), tuple)
    assert isinstance(split("f", "/s" + " x" * 99), tuple)


@pytest.mark.manual("8.1.8")
def test_a_rule_says_what_its_program_gets():
    files = parse("f", "/s /clean %F", RULE, needs_one=True)
    message = parse("f", "/s -m %M", RULE, needs_one=True)

    assert isinstance(files, Program)
    assert not files.wants_message
    assert isinstance(message, Program)
    assert message.wants_message
    assert isinstance(parse("f", "/s", RULE, needs_one=True), BadValue)
    assert isinstance(parse("f", "/s %F %M", RULE, needs_one=True), BadValue)
    assert isinstance(parse("f", "/s %%F", RULE, needs_one=True), BadValue)


def test_wrong_capitals_are_told_the_right_ones():
    found = parse("f", "/s %m", RULE)

    assert found == BadValue(
        "f", "%m in '%m' means nothing here", "capitals matter: give %M"
    )


def test_paths_take_the_places():
    program = Program(("/s", "-d=%d", "%F", "%M", "100%%", "%%d"))

    assert program.filled("/w/%M", "/w/%F/m") == (
        "/s", "-d=/w/%M", "/w/%M", "/w/%F/m", "100%", "%d",
    )  # fmt: skip


@given(WORDS)
@example(["'", '"', "\\", '\\"', " ", "|", "%"])
def test_what_is_joined_is_split_the_same(words: list[str]):
    assert split("f", join(words)) == tuple(words)


@given(st.text(max_size=60))
@example("/s \\")
def test_any_text_is_words_or_a_reason(line: str):
    found = split("f", line)

    if isinstance(found, BadValue):
        assert found.reason
        assert found.cure
    else:
        assert 0 < len(found) <= len(line)
        assert split("f", join(found)) == found


@given(st.text("ab '\"\\/%-", max_size=30))
def test_it_reads_as_a_shell_would(line: str):
    found = split("f", line)
    try:
        expected = shlex.split(line)
    except ValueError:
        assert isinstance(found, BadValue)
        return

    if expected:
        assert found == tuple(expected)
    else:
        assert isinstance(found, BadValue)


@pytest.mark.parametrize("status", [0, 1, 2, 125])
def test_a_file_that_is_gone_after_a_normal_end_is_a_verdict(status: int):
    assert judge(status, [1], 0.5, b"x") == Ended(status, (1,), 0.5, b"x")


@pytest.mark.parametrize("status", [126, 127, 128, 137, 255])
def test_after_any_other_end_it_is_none(status: int):
    found = judge(status, [0], 0.5)

    assert isinstance(found, NoAnswer)
    assert found.kind == "crashed"
