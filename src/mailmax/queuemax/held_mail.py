"""Mail that waits for no time but for a word: that of domains that pass it on.

Theory:
    Mail for a domain of the kinds relay, backup and etrn is taken here for another
    server. It keeps its place in the queue and is not tried; when its domain becomes
    one whose mail is filed here, it goes to the filer; when it is none of ours any
    more, the way of all mail.

Manual: 6.5.2, 6.5.3.
"""

from collections.abc import Callable

from mailmax.policy.recipients import FILED_KIND, PASSING_KINDS
from mailmax.store.queue.entry import QueueEntry, Target


class Held:
    """What is held, by domain."""

    def __init__(self, kind_of: Callable[[str], str]) -> None:
        """Begin with nothing.

        Args:
            kind_of: Tells the kind of a domain (lower case); empty: it is none of ours.
        """
        self._kind_of = kind_of
        self._by_domain: dict[str, list[tuple[QueueEntry, Target]]] = {}

    def keep(self, domain: str, entry: QueueEntry, target: Target) -> bool:
        """Hold a recipient's mail if its domain's is; tell whether it is held."""
        target.is_held = self._kind_of(domain) in PASSING_KINDS
        if target.is_held:
            self._by_domain.setdefault(domain, []).append((entry, target))
        return target.is_held

    def forget(self, target: Target) -> None:
        """Hold a recipient's mail no more, whatever its domain's does."""
        domain = target.address.rpartition("@")[2].lower()
        held = self._by_domain.get(domain, [])
        held[:] = [one for one in held if one[1] is not target]
        target.is_held = False

    def is_filed_here(self, domain: str) -> bool:
        """Tell whether a domain's mail is the filer's."""
        return self._kind_of(domain) == FILED_KIND

    def release(self) -> list[tuple[QueueEntry, list[Target]]]:
        """Let go of what is held no more, and return it, once for each entry."""
        free = [
            domain
            for domain in self._by_domain
            if self._kind_of(domain) not in PASSING_KINDS
        ]
        found: dict[int, tuple[QueueEntry, list[Target]]] = {}
        for domain in free:
            for entry, target in self._by_domain.pop(domain):
                found.setdefault(entry.number, (entry, []))[1].append(target)
        return list(found.values())
