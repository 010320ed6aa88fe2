"""Whom of the queue an administrator means.

Theory:
    A `Selection` as it was asked is read once into a `Selector`; that narrows slice
    after slice of the entries, each test over all that the former have left. So a test
    that is not asked for costs nothing, and one that is costs a loop.

Rules:
    Pure. What is over is never meant. An address is compared as everywhere: without
    regard to ASCII case, quotes and spelling of the domain (`base.address`); a part of
    one (``*part*``) as it is written, without regard to case.

Limits:
    100,000 entries are counted in 20 ms without a test, in 25 to 50 with one
    (`bench/queue_looks.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from mailmax.base.address import lower_ascii, parse_address
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import MOST_IDS, Selection
from mailmax.policy.names import canonical_domain
from mailmax.policy.retry import Stage
from mailmax.store.queue.entry import QueueEntry, Target

HELD = "held"
TRYING = "trying"
NULL_PATH = "<>"

_LONGEST_NUMBER = 18
_OVER = frozenset(stage for stage in Stage if stage.is_over)
_WORDS = {stage: stage.name.lower() for stage in Stage}
_STATES = (*(_WORDS[stage] for stage in Stage if stage not in _OVER), HELD, TRYING)
_BELOW = "*."
_ANY = "*"

Fits = Callable[[str], bool]


class Meant(NamedTuple):
    """One recipient of an entry."""

    entry: QueueEntry
    place: int
    """Which of the entry's recipients, from 1 on."""
    target: Target


@dataclass(frozen=True, slots=True)
class Selector:
    """A selection, ready to be asked."""

    numbers: frozenset[int] | None = None
    """Entries of which some are meant; None: any."""
    places: frozenset[tuple[int, int]] = frozenset()
    """Single recipients that are meant."""
    whole: frozenset[int] = frozenset()
    """Entries that are meant with all recipients."""
    sender: Fits | None = None
    recipients: tuple[Fits, ...] = ()
    state: str = ""
    before_ms: int = 0
    """What came later is not meant; 0: whenever."""

    def pick(self, entries: Sequence[QueueEntry]) -> list[Meant]:
        """Return who is meant, in the order of the entries."""
        found = [
            Meant(entry, place, target)
            for entry in self._narrow(entries)
            for place, target in enumerate(entry.targets, 1)
            if target.state.stage not in _OVER
        ]
        if self.numbers is not None:
            found = [one for one in found if self._is_named(one)]
        for fits in self.recipients:
            found = [one for one in found if fits(one[2].recipient.address)]
        if self.state:
            found = [one for one in found if state_of(one[2]) == self.state]
        return found

    def count(self, entries: Sequence[QueueEntry]) -> int:
        """Return how many are meant: what `pick` returns is as long."""
        if self.numbers is not None:
            return len(self.pick(entries))
        found = [
            target
            for entry in self._narrow(entries)
            for target in entry.targets
            if target.state.stage not in _OVER
        ]
        for fits in self.recipients:
            found = [target for target in found if fits(target.recipient.address)]
        if self.state:
            found = [target for target in found if state_of(target) == self.state]
        return len(found)

    def missing(self, found: Sequence[Meant]) -> tuple[str, ...]:
        """Return the ids that mean nobody of those who were found."""
        if self.numbers is None:
            return ()
        numbers = {one.entry.number for one in found}
        places = {(one.entry.number, one.place) for one in found}
        gone = [(number, 0) for number in self.whole - numbers]
        gone += self.places - places
        return tuple(
            f"{number}.{place}" if place else str(number)
            for number, place in sorted(gone)
        )

    def _narrow(self, entries: Sequence[QueueEntry]) -> Sequence[QueueEntry]:
        """Return the entries of which some recipient may be meant."""
        until, sender = self.before_ms, self.sender
        if until:
            entries = [e for e in entries if e.envelope.received_at_ms < until]
        if sender is not None:
            entries = [e for e in entries if sender(e.envelope.reverse_path)]
        return entries

    def _is_named(self, one: Meant) -> bool:
        number = one.entry.number
        return number in self.whole or (number, one.place) in self.places


def read_selection(asked: Selection, now: float) -> Selector | Denied:
    """Read what an administrator asked.

    Args:
        asked: An empty one means all.
        now: Unix time.
    """
    named = [read_id(text) for text in asked.ids[: MOST_IDS + 1]]
    if len(named) > MOST_IDS:
        return Denied("bad_value", "ids", "too many", f"give {MOST_IDS} at most")
    if None in named:
        return _NO_ID
    known = [one for one in named if one is not None]
    if asked.state and asked.state not in _STATES:
        words = f"there is no state {asked.state[:40]!r}"
        return Denied("bad_value", "state", words, f"give {', '.join(_STATES)}")
    if asked.older_than_s < 0:
        return Denied("bad_value", "older_than", "it is negative", "give 12h or 30d")
    if not isfinite(asked.older_than_s):
        return Denied("bad_value", "older_than", "it is no time", "give 12h or 30d")
    sender = read_pattern("sender", asked.sender)
    recipient = read_pattern("recipient", asked.recipient)
    destination = read_pattern("destination", asked.destination)
    for bad in (sender, recipient, destination):
        if isinstance(bad, Denied):
            return bad
    tests = [test for test in (destination, recipient) if callable(test)]
    return Selector(
        numbers=frozenset(number for number, _ in known) if asked.ids else None,
        places=frozenset(one for one in known if one[1]),
        whole=frozenset(number for number, place in known if not place),
        sender=sender if callable(sender) else None,
        recipients=tuple(tests),
        state=asked.state,
        before_ms=int((now - asked.older_than_s) * 1000) if asked.older_than_s else 0,
    )


def state_of(target: Target) -> str:
    """Return the word for where a recipient is."""
    if target.is_held or target.state.is_held:
        return HELD
    return TRYING if target.tried_since else _WORDS[target.state.stage]


def read_id(text: str) -> tuple[int, int] | None:
    """Return entry and recipient (0: all of them); None: that is no id."""
    number, dot, place = text.partition(".")
    parts = (number, place) if dot else (number,)
    if any(not _is_number(part) for part in parts):
        return None
    return int(number), int(place) if dot else 0


def read_pattern(field: str, text: str) -> Fits | Denied | None:
    """Return a test for addresses, None for no text, or what is wrong with it."""
    if not text:
        return None
    word = text.strip()
    if not word:  # whoever gave it meant somebody, and not all
        return _bad_pattern(field, text)
    if word == NULL_PATH and field == "sender":
        return lambda address: not address
    part = word[1:-1] if word[0] == word[-1] == _ANY else ""
    if part and field != "destination":
        return _holding(part)
    if word.startswith(_BELOW):
        domain = canonical_domain(word[len(_BELOW) :])
        return _bad_pattern(field, word) if domain is None else _below(domain)
    local, _, given = word.rpartition("@")
    domain = lower_ascii(given) if given[:1] == "[" else canonical_domain(given)
    if domain is None or (local and field == "destination"):
        return _bad_pattern(field, word)
    return _address(f"{local}@{domain}") if local else _domain(domain)


def _domain(domain: str) -> Fits:
    return _ending(f"@{domain}")


def _below(domain: str) -> Fits:
    return _ending(f".{domain}")


def _address(text: str) -> Fits:
    wanted = parse_address(text)
    key, has_end = wanted.key, _ending(f"@{wanted.domain}")
    return lambda address: (
        has_end(address) and parse_address(_plain(address)).key == key
    )


def _holding(part: str) -> Fits:
    text = part.lower()
    if part.isascii():
        return lambda address: _is_in(text, address)
    local, at, domain = text.rpartition("@")
    spelled = f"{local}{at}{canonical_domain(domain) or domain}"
    return lambda address: _is_in(text, address) or _is_in(spelled, address)


def _is_in(text: str, address: str) -> bool:
    """Tell whether an address has a text, in one spelling or the other."""
    shown = address.lower()
    return text in shown or (not address.isascii() and text in _plain(shown))


def _ending(end: str) -> Fits:
    return lambda address: (
        address.lower().endswith(end)
        if address.isascii()
        else _plain(address).endswith(end)
    )


def _plain(address: str) -> str:
    """Return an address with A to Z and the domain's labels in one spelling."""
    local, at, domain = address.rpartition("@")
    return f"{lower_ascii(local)}{at}{canonical_domain(domain) or domain}"


def _is_number(part: str) -> bool:
    is_digits = part.isascii() and part.isdecimal()
    return is_digits and len(part) <= _LONGEST_NUMBER


_NO_ID = Denied("bad_value", "ids", "that is no entry", "give ENTRY or ENTRY.N")


def _bad_pattern(field: str, word: str) -> Denied:
    if field == "destination":
        cure = "give a domain, or *.domain"
    else:
        cure = "give name@domain, a domain, *.domain, or *part*"
    return Denied("bad_value", field, f"{word[:60]!r} means nobody", cure)
