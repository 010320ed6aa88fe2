"""Mail that waits for no time but for a word: that of ETRN domains.

Theory:
    Mail for a domain of the kind etrn is held until its server asks for it (RFC
    1985). It keeps its place in the queue; what could not be delivered then is held
    again, until it is asked for again. When its domain becomes one whose mail is
    filed here, it goes to the filer; when it is another, the way of such mail.

Manual: 6.5.2.
"""

from collections.abc import Callable, Iterable

from mailmax.policy.recipients import HELD_KIND
from mailmax.store.queue.entry import QueueEntry, Target


class Held:
    """What is held, by domain."""

    def __init__(self, kind_of: Callable[[str], str]) -> None:
        """Begin with nothing.

        Args:
            kind_of: Tells the kind of a domain (lower case); empty: it is none of ours.
        """
        self._kind_of = kind_of
        self._by_domain: dict[str, dict[Target, QueueEntry]] = {}
        self._asked: set[Target] = set()
        """Their server asked for these, and they were not tried since."""

    def keep(self, domain: str, entry: QueueEntry, target: Target) -> bool:
        """Hold a recipient's mail if its domain's is; tell whether it is held.

        What was asked for passes, once.
        """
        is_asked = target in self._asked
        self._asked.discard(target)
        target.is_held = self._kind_of(domain) == HELD_KIND and not is_asked
        if target.is_held:
            self._by_domain.setdefault(domain, {})[target] = entry
        return target.is_held

    def forget(self, target: Target) -> None:
        """Hold a recipient's mail no more, whatever its domain's does."""
        domain = target.address.rpartition("@")[2].lower()
        held = self._by_domain.get(domain, {})
        held.pop(target, None)
        if not held:
            self._by_domain.pop(domain, None)
        self._asked.discard(target)
        target.is_held = False

    def release(self) -> list[tuple[QueueEntry, list[Target]]]:
        """Let go of what is held no more, and return it, once for each entry."""
        free = [
            domain for domain in self._by_domain if self._kind_of(domain) != HELD_KIND
        ]
        return self._let_go(free)

    def ask(self, domains: Iterable[str]) -> list[tuple[QueueEntry, list[Target]]]:
        """Let go of what is held for some domains: their server asks for it."""
        found = self._let_go(domains)
        for _, targets in found:
            self.let_pass(targets)
        return found

    def let_pass(self, targets: Iterable[Target]) -> None:
        """Hold these not, the next time that they are looked at."""
        self._asked.update(
            target
            for target in targets
            if self._kind_of(target.address.rpartition("@")[2].lower()) == HELD_KIND
        )

    def take_old(self, before_ms: int) -> list[tuple[QueueEntry, list[Target]]]:
        """Let go of what is held and was received before a Unix time."""
        old: dict[int, tuple[QueueEntry, list[Target]]] = {}
        for held in self._by_domain.values():
            for target, entry in list(held.items()):
                if entry.envelope.received_at_ms >= before_ms:
                    continue
                del held[target]
                if target.stage.is_waiting:
                    target.is_held = False
                    old.setdefault(entry.number, (entry, []))[1].append(target)
        return list(old.values())

    def forget_ended(self) -> None:
        """Let go of what is over: thrown away, too late, or failed meanwhile."""
        for domain, held in list(self._by_domain.items()):
            for target in [one for one in held if not one.stage.is_waiting]:
                del held[target]
            if not held:
                del self._by_domain[domain]
        self._asked = {target for target in self._asked if target.stage.is_waiting}

    def _let_go(self, domains: Iterable[str]) -> list[tuple[QueueEntry, list[Target]]]:
        found: dict[int, tuple[QueueEntry, list[Target]]] = {}
        for domain in domains:
            for target, entry in self._by_domain.pop(domain, {}).items():
                target.is_held = False
                if not target.stage.is_waiting:
                    continue  # thrown away, or over
                found.setdefault(entry.number, (entry, []))[1].append(target)
        return list(found.values())
