"""Command lines of external programs, and what the end of a program means.

Theory:
    A command line is taken apart once, when it is saved: words in the manner of a
    shell, but there is none. What is left to do later is to put paths in the places
    of ``%d``, ``%F`` and ``%M``. A program judges by removing files that it was given,
    and by nothing else.

Rules:
    A placeholder is case-sensitive; ``%%`` is a percent sign; any other is refused.
    Words that only a shell would understand are refused outside quotes: somebody
    expects them to act.
    A missing file is a verdict only after a normal end (decision 27). A program that
    hangs, crashes or cannot start has judged nothing (decision 28).

Limits:
    4,096 characters, 100 words. Exit statuses from 126 on are a shell's way to say
    that it could not run something, or that a signal ended it.

Manual: 4.10, 8.1.8, 8.2.6.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mailmax.settings.field import BadValue

LONGEST_LINE = 4_096
MOST_WORDS = 100
LAST_NORMAL_STATUS = 125

Placeholder = Literal["%d", "%F", "%M"]
FailureKind = Literal["hung", "crashed", "not_startable", "over_limits", "broken"]

CHECKER: tuple[Placeholder, ...] = ("%d",)
"""The external virus check gets the directory of the files."""
RULE: tuple[Placeholder, ...] = ("%F", "%M")
"""A rule's program gets that directory, or one file with the whole message."""
ANY: tuple[Placeholder, ...] = (*CHECKER, *RULE)
"""Of a program that is tried."""

_SHELL = frozenset("|&;<>`$()")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PERCENT = re.compile(r"%(.?)", re.DOTALL)
_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_SPOILED = re.compile(r"[\"\\]")


@dataclass(frozen=True, slots=True)
class Program:
    """A checked command line."""

    words: tuple[str, ...]
    """The executable, absolute, and its arguments; placeholders as they were written,
    ``%%`` too."""

    @property
    def executable(self) -> str:
        """Return what is started."""
        return self.words[0]

    @property
    def wants_message(self) -> bool:
        """Tell whether it gets the whole message as one file."""
        return any("%M" in _placeholders(word) for word in self.words)

    def filled(self, directory: str, message: str) -> tuple[str, ...]:
        """Return the words with paths in their places.

        Args:
            directory: For ``%d`` and ``%F``.
            message: For ``%M``.
        """
        paths = {"d": directory, "F": directory, "M": message, "%": "%"}
        return tuple(
            _PERCENT.sub(lambda found: paths[found[1]], word) for word in self.words
        )

    def __str__(self) -> str:
        return join(self.words)


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that came to its end by itself, with a known status."""

    status: int
    """0 to 125."""
    gone: tuple[int, ...]
    """Which of the given files it removed, by their places in what was given."""
    seconds: float
    output: bytes = b""
    """The head of what it wrote to standard output and standard error."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A program that judged nothing: try again later."""

    kind: FailureKind
    """``hung``: time was over; ``crashed``: a signal, or a shell's word for it;
    ``not_startable``; ``over_limits``: memory, processes, disk or processor;
    ``broken``: files were replaced by something else, or containing it failed."""
    reason: str
    seconds: float = 0.0
    output: bytes = b""


Outcome = Ended | NoAnswer


def parse(
    field: str, line: str, known: Sequence[Placeholder], *, needs_one: bool = False
) -> Program | BadValue:
    """Take a command line apart.

    Args:
        field: How to call it in an error.
        line: What a person typed.
        known: The placeholders that mean something here.
        needs_one: One of them, and only one, must be there: it says what the program
            gets.
    """
    words = split(field, line)
    if isinstance(words, BadValue):
        return words
    bad = _check_executable(field, words[0]) or _check_percent(field, words, known)
    if bad is not None:
        return bad
    used = {one for word in words for one in _placeholders(word)} - {"%%"}
    choice = " or ".join(known)
    if needs_one and len(used) != 1:
        why = "two kinds of files" if used else "it does not say what the program gets"
        return BadValue(field, why, f"give {choice}, one of them")
    return Program(words)


def is_for_message(line: str) -> bool:
    """Tell whether a rule's program gets the whole message, not its files."""
    return "%M" in _placeholders(line)


def split(field: str, line: str) -> tuple[str, ...] | BadValue:
    """Cut a line into words: blanks divide, quotes and backslashes keep together.

    Single quotes keep everything; in double quotes a backslash keeps ``"`` and
    itself; outside quotes it keeps whatever follows.
    """
    if len(line) > LONGEST_LINE:
        why = f"it has {len(line)} characters"
        return BadValue(field, why, f"give at most {LONGEST_LINE}; write a script")
    if (control := _CONTROL.search(line)) is not None:
        why = f"there is a control character at {control.start() + 1}"
        return BadValue(field, why, "leave it away")
    words = _Splitter(line).words()
    if isinstance(words, str):
        return BadValue(field, words, "close or escape it; or write a script")
    if not words:
        return BadValue(field, "it is blank", "give the path of a program")
    if len(words) > MOST_WORDS:
        why = f"it has {len(words)} words"
        return BadValue(field, why, f"give at most {MOST_WORDS}; write a script")
    return tuple(words)


def join(words: Sequence[str]) -> str:
    """Return a line that `split` cuts into these words again."""
    return " ".join(map(_quoted, words))


def judge(
    status: int, gone: Sequence[int], seconds: float, output: bytes = b""
) -> Outcome:
    """Return what it means that a program has exited.

    Args:
        status: Of a normal end, 0 to 255.
        gone: Which files are not there any more.
        seconds: How long it took.
        output: The head of what it wrote.
    """
    if status > LAST_NORMAL_STATUS:
        words = _SHELL_SAYS.get(status, f"status {status}: its end is not a normal one")
        return NoAnswer("crashed", words, seconds, output)
    return Ended(status, tuple(gone), seconds, output)


_SHELL_SAYS = {
    126: "status 126: something in it may not be executed",
    127: "status 127: something in it was not found",
}


class _Splitter:
    """Reads a line from left to right."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._word: list[str] | None = None

    def words(self) -> list[str] | str:
        """Return the words, or what is wrong."""
        found: list[str] = []
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            if char == " ":
                self._end(found)
            elif (wrong := self._take(char)) is not None:
                return wrong
        self._end(found)
        return found

    def _end(self, found: list[str]) -> None:
        if self._word is not None:
            found.append("".join(self._word))
        self._word = None

    def _take(self, char: str) -> str | None:
        """Take one character, or all up to the closing quote, into the word."""
        word = self._word = [] if self._word is None else self._word
        if char in {"'", '"'}:
            return self._take_quoted(char, word)
        if char == "\\":
            if self._at == len(self._line):
                return "a backslash at the end keeps nothing"
            char = self._line[self._at]
            self._at += 1
        elif char in _SHELL:
            return f"there is no shell to understand {char}"
        word.append(char)
        return None

    def _take_quoted(self, quote: str, word: list[str]) -> str | None:
        start = self._at
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            if char == quote:
                return None
            following = self._line[self._at : self._at + 1]
            if quote == '"' and char == "\\" and following in {'"', "\\"}:
                char = following
                self._at += 1
            word.append(char)
        return f"the quote at {start} is never closed"


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    return '"' + _SPOILED.sub(r"\\\g<0>", word) + '"'


def _placeholders(word: str) -> list[str]:
    return [found[0] for found in _PERCENT.finditer(word)]


def _check_executable(field: str, path: str) -> BadValue | None:
    if not path.startswith("/"):
        why = f"{path!r} is no absolute path"
        return BadValue(field, why, "give the whole path, as in /usr/bin/clamscan")
    if "%" in path:
        why = f"{path!r} has a placeholder in it"
        return BadValue(field, why, "name the program itself")
    if path.endswith("/") or {".", ".."}.intersection(path.split("/")):
        why = f"{path!r} is no path of a file"
        return BadValue(field, why, "give the whole path, without . and ..")
    return None


def _check_percent(
    field: str, words: Sequence[str], known: Sequence[Placeholder]
) -> BadValue | None:
    for word in words:
        for one in _placeholders(word):
            if one == "%%" or one in known:
                continue
            other = one.swapcase()
            if other in known:
                cure = f"capitals matter: give {other}"
            else:
                cure = f"give {', '.join(known)}, or %% for a percent sign"
            return BadValue(field, f"{one} in {word!r} means nothing here", cure)
    return None
