r"""The words of one ``--if`` or ``--do``, taken one after the other.

Theory:
    Words are parted by blanks; between quotes stands one word with whatever is in it.
    In double quotes a backslash lets a quote or a backslash stand for itself, and
    ``\n`` is a line end; single quotes know no backslash. Keywords are understood in
    any case, and never between quotes: what is quoted is always a text.

Rules:
    What is not understood says which option it is, what is wrong, and how it is
    written. Every word must be used.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, NamedTuple, NoReturn, TypeVar

from mailmax.settings.field import BadValue

FoundT = TypeVar("FoundT")
_SHOWN = 60
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


class Unclear(Exception):
    """An option cannot be understood."""

    def __init__(self, bad: BadValue) -> None:
        """Keep what is wrong."""
        super().__init__(str(bad))
        self.bad = bad


class Word(NamedTuple):
    """One of them."""

    text: str
    is_quoted: bool = False

    def is_keyword(self, *keywords: str) -> bool:
        """Tell whether it is one of some keywords."""
        return not self.is_quoted and self.text.lower() in keywords


class Words:
    """What is left of an option."""

    def __init__(self, option: str, text: str, forms: str) -> None:
        """Take an option apart.

        Args:
            option: How it is called in complaints.
            text: What stands behind it.
            forms: How it is written, for who wrote it otherwise.

        Raises:
            Unclear: A quote is not closed.
        """
        self._option = option
        self._forms = forms
        self._left = list(self._taken_apart(text))
        self._left.reverse()

    def __len__(self) -> int:
        """Count what is left."""
        return len(self._left)

    def next_is(self, *keywords: str) -> bool:
        """Tell whether the next word is one of some keywords."""
        return bool(self._left) and self._left[-1].is_keyword(*keywords)

    def take_keyword(self, *keywords: str) -> str:
        """Take the next word if it is one of some keywords, else nothing."""
        return self._left.pop().text.lower() if self.next_is(*keywords) else ""

    def expect_keyword(self, *keywords: str) -> str:
        """Take the next word, which must be one of some keywords.

        Raises:
            Unclear: It is another, or there is none.
        """
        if not self.next_is(*keywords):
            found = repr(self._left[-1].text[:_SHOWN]) if self._left else "nothing"
            self.fail(f"here stands {found} and not {' or '.join(keywords)}")
        return self._left.pop().text.lower()

    def take(self, what: str) -> str:
        """Take the next word, whatever it is.

        Args:
            what: It should be, for the complaint.

        Raises:
            Unclear: There is none.
        """
        if not self._left:
            self.fail(f"{what} is missing")
        return self._left.pop().text

    def take_last(self, what: str) -> str:
        """Take a word that must be the last one.

        Raises:
            Unclear: There is none, or more than one.
        """
        text = self.take(what)
        self.end()
        return text

    def end(self) -> None:
        """See that all was used.

        Raises:
            Unclear: There is more.
        """
        if self._left:
            rest = " ".join(word.text for word in reversed(self._left))
            self.fail(f"{rest[:_SHOWN]!r} is too much (a text of several words needs "
                      "quotes)")  # fmt: skip

    def fail(self, reason: str, cure: str = "") -> NoReturn:
        """Say what is wrong.

        Raises:
            Unclear: Always.
        """
        raise Unclear(BadValue(self._option, reason, cure or f"write {self._forms}"))

    def _taken_apart(self, text: str) -> Iterator[Word]:
        at, end = 0, len(text)
        while at < end:
            char = text[at]
            if char.isspace():
                at += 1
            elif char in "\"'":
                word, at = self._quoted(text, at)
                yield Word(word, is_quoted=True)
            else:
                begin = at
                while at < end and not text[at].isspace():
                    at += 1
                yield Word(text[begin:at])

    def _quoted(self, text: str, at: int) -> tuple[str, int]:
        mark, begin = text[at], at
        pieces: list[str] = []
        at += 1
        while at < len(text):
            char = text[at]
            if char == mark:
                return "".join(pieces), at + 1
            if char == "\\" and mark == '"' and text[at + 1 : at + 2] in _ESCAPES:
                char, at = _ESCAPES[text[at + 1]], at + 1
            pieces.append(char)
            at += 1
        raise Unclear(
            BadValue(
                self._option,
                f"the quote before {text[begin + 1 : begin + 21]!r} is not closed",
                'close it; a quote inside a text is written \\"',
            )
        )


class Kind(NamedTuple, Generic[FoundT]):
    """One way to begin."""

    forms: str
    """How it is written."""
    read: Callable[[Words], FoundT]
    """Takes what stands behind the keyword."""


def read_words(
    option: str, text: str, what: str, kinds: Mapping[str, Kind[FoundT]]
) -> FoundT | BadValue:
    """Read an option that begins with a keyword.

    Args:
        option: How it is called in complaints.
        text: What stands behind it.
        what: It should be: condition, action.
        kinds: By their keywords.
    """
    try:
        keyword = Words(option, text, "").take_keyword(*kinds)
        if not keyword:
            return BadValue(
                option,
                f"{text[:40]!r} begins like no {what}",
                f"begin with one of: {', '.join(kinds)}",
            )
        kind = kinds[keyword]
        words = Words(option, text, kind.forms)
        words.expect_keyword(keyword)
        return kind.read(words)
    except Unclear as unclear:
        return unclear.bad


def quoted(text: str) -> str:
    """Write a text as a word that is read as that text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + escaped.replace("\t", "\\t") + '"'
