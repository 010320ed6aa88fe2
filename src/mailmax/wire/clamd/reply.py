r"""The one answer of clamd to a stream, read strictly.

    answer  = status NUL
    status  = "stream: OK" / "stream: " name " FOUND"
            / ["stream: "] words " ERROR"
    name    = 1*200 VCHAR

Theory:
    What a scanner says decides whether mail is delivered, and part of what it says may
    come from the mail. So an answer counts only as a whole: it is of one of the three
    forms, it is the only one, and nothing follows it (TRUST J10). Anything else is
    trouble, never "clean" and never "infected".

    That clamd has met one of its own limits, or more octets than it takes, is neither:
    nobody has looked at all of the mail (`Outcome.UNSCANNED`).

Limits:
    4 KiB an answer.
"""

import re
from enum import Enum, auto
from typing import Final, NamedTuple

LONGEST_OCTETS: Final = 4096

_CLEAN: Final = b"stream: OK"
_FOUND: Final = re.compile(rb"stream: ([!-~]{1,200}) FOUND")
_ERROR: Final = re.compile(rb"(?:stream: )?([ -~]{1,300}?)\.? ERROR")
_TOO_LARGE: Final = b"INSTREAM size limit exceeded"
_OWN_LIMITS: Final = b"Heuristics.Limits.Exceeded"


class Outcome(Enum):
    """What came of a scan."""

    CLEAN = auto()
    FOUND = auto()
    """The words are the name of what was found."""
    UNSCANNED = auto()
    """It was not, or not all of it; the words say why."""
    TROUBLE = auto()
    """No answer that counts; the words say why."""


class Answer(NamedTuple):
    """The answer to one stream."""

    outcome: Outcome
    words: str = ""
    """Printable ASCII."""


GARBAGE: Final = Answer(Outcome.TROUBLE, "its answer makes no sense")
TOO_LONG: Final = Answer(Outcome.TROUBLE, "its answer has no end")
CUT_OFF: Final = Answer(Outcome.TROUBLE, "it hung up without an answer")
TOO_EARLY: Final = Answer(Outcome.TROUBLE, "it answered before it had seen all")


def parse_reply(octets: bytes, *, asked: bool) -> Answer:
    """Read all that clamd said, once it has hung up.

    Args:
        octets: Everything that came.
        asked: It was told that the stream is over.
    """
    if not octets:
        return CUT_OFF
    if len(octets) > LONGEST_OCTETS:
        return TOO_LONG
    status, end, rest = octets.partition(b"\0")
    if not end or rest:
        return GARBAGE
    answer = _read(status)
    is_judgement = answer.outcome in (Outcome.CLEAN, Outcome.FOUND)
    return TOO_EARLY if is_judgement and not asked else answer


def _read(status: bytes) -> Answer:
    if status == _CLEAN:
        return Answer(Outcome.CLEAN)
    found = _FOUND.fullmatch(status)
    if found is not None:
        name = found[1].decode("ascii")
        if found[1].startswith(_OWN_LIMITS):
            return Answer(Outcome.UNSCANNED, name)
        return Answer(Outcome.FOUND, name)
    error = _ERROR.fullmatch(status)
    if error is None:
        return GARBAGE
    if error[1] == _TOO_LARGE:
        return Answer(Outcome.UNSCANNED, "it is larger than clamd takes")
    return Answer(Outcome.TROUBLE, f"clamd says: {error[1].decode('ascii')}")
