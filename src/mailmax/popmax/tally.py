"""What one client of POPMax has fetched: counted, and told to who watches.

Manual: 2.6, 4.5.2.
"""

from mailmax.observe.counters import Counters
from mailmax.observe.dialogue import Dialogue
from mailmax.observe.events.pop import MaildropClosed, MessageSent


class Tally:
    """Of one session."""

    __slots__ = ("_counters", "_messages", "_octets")

    def __init__(self, counters: Counters) -> None:
        """Begin with nothing.

        Args:
            counters: Of the process.
        """
        self._counters = counters
        self._messages = self._octets = 0

    def sent(self, number: int, octets: int, dialogue: Dialogue | None) -> None:
        """Count a message that is sent."""
        self._messages += 1
        self._octets += octets
        self._counters.messages_out += 1
        self._counters.octets_out += octets
        if dialogue is not None:
            dialogue.tell(lambda who: MessageSent(who, number, octets))

    def closed(self, removed: int, left: int, dialogue: Dialogue | None) -> None:
        """Tell what was done in all, when a maildrop is let go."""
        if dialogue is not None:
            done = (self._messages, self._octets, removed, left)
            dialogue.tell(lambda who: MaildropClosed(who, *done))
