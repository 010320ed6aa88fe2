"""What the virus check found in a message: how SMTPMax tells the filer of it.

Theory:
    The verdict is found before the message is promised, and lies in the envelope as
    facts; what is to be done with an infected message is done by the filer. The facts
    also say whom it does not concern: a message may be for users whose mail is checked
    and for others.

Rules:
    Only what SMTPMax wrote: facts come from no client. Names of viruses are one line
    of printable ASCII.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

Verdict = Literal["clean", "infected", "unscanned", "failed"]
"""unscanned: it cannot be looked at as a whole; failed: the scanner could not."""

_VERDICT: Final = "virus"
_WORDS: Final = "virus.words"
_PARTS: Final = "virus.parts"
_SPARED: Final = "virus.spared"
_OUTBOUND: Final = "virus.outbound"
_EXTERNAL: Final = "virus.external"
CLEANED: Final = "virus.cleaned"
"""Fact of what the filer has changed: nothing is found in it any more, or it bears
the mark."""


class Finding(NamedTuple):
    """What was found in a message."""

    verdict: Verdict
    words: str = ""
    """The name of the virus, or why the message could not be looked at."""
    parts: Sequence[int] = ()
    """Parts of an infected message without which nothing is found in it; in
    `message.part.Tree.parts`."""
    spared: Sequence[int] = ()
    """Recipients, by their places in the envelope, whose mail is not checked."""
    is_outbound: bool = False
    """It is a user's here."""
    is_external: bool = False
    """An external program says so."""


CLEAN: Final = Finding("clean")


def facts_of(finding: Finding) -> dict[str, str]:
    """Return what the envelope says."""
    facts: dict[str, str] = {_VERDICT: finding.verdict}
    if finding.words:
        facts[_WORDS] = finding.words
    if finding.parts:
        facts[_PARTS] = " ".join(map(str, finding.parts))
    if finding.spared:
        facts[_SPARED] = " ".join(map(str, finding.spared))
    if finding.is_outbound:
        facts[_OUTBOUND] = "yes"
    if finding.is_external:
        facts[_EXTERNAL] = "yes"
    return facts


def finding_of(facts: Mapping[str, str]) -> Finding | None:
    """Return what was found; None: nobody looked."""
    match facts.get(_VERDICT):
        case "infected":
            verdict: Verdict = "infected"
        case "unscanned":
            verdict = "unscanned"
        case "failed":
            verdict = "failed"
        case "clean":
            verdict = "clean"
        case _:
            return None
    return Finding(
        verdict,
        facts.get(_WORDS, ""),
        _numbers(facts.get(_PARTS, "")),
        _numbers(facts.get(_SPARED, "")),
        _OUTBOUND in facts,
        _EXTERNAL in facts,
    )


def is_infected(facts: Mapping[str, str]) -> bool:
    """Tell whether a virus was found."""
    return facts.get(_VERDICT) == "infected"


def without_finding(facts: Mapping[str, str]) -> dict[str, str]:
    """Return facts of a message that goes on whatever was found."""
    return {
        key: value
        for key, value in facts.items()
        if key != _VERDICT and not key.startswith(f"{_VERDICT}.")
    }


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split())
