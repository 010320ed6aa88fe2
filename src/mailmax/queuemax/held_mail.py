"""Mail that waits for no time but for a word: that of domains that pass it on.

Theory:
    Mail for a domain of the kinds relay, backup and etrn is taken here for another
    server. It keeps its place in the queue and is not tried; when its domain becomes
    another, or none of ours, it goes the way of all mail.

Manual: 6.5.2, 6.5.3.
"""

from collections.abc import Callable

from mailmax.store.queue.entry import QueueEntry, Target


class Held:
    """What is held, by domain."""

    def __init__(self, is_held: Callable[[str], bool]) -> None:
        """Begin with nothing.

        Args:
            is_held: Tells whether mail for a domain (lower case) is held.
        """
        self._is_held = is_held
        self._by_domain: dict[str, list[tuple[QueueEntry, Target]]] = {}

    def keep(self, domain: str, entry: QueueEntry, target: Target) -> bool:
        """Hold a recipient's mail if its domain's is; tell whether it is held."""
        target.is_held = self._is_held(domain)
        if target.is_held:
            self._by_domain.setdefault(domain, []).append((entry, target))
        return target.is_held

    def release(self) -> list[tuple[QueueEntry, Target]]:
        """Let go of what is held no more, and return it."""
        free = [domain for domain in self._by_domain if not self._is_held(domain)]
        return [one for domain in free for one in self._by_domain.pop(domain)]
