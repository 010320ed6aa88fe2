"""What came of sending one message: values between session and pool."""

from dataclasses import dataclass, field

from mailmax.base.errors import Failure, PermanentFailure
from mailmax.policy.outcome import Outcome, permanent, transient


@dataclass(slots=True)
class Sent:
    """What came of one transaction."""

    outcomes: list[Outcome]
    """One for each recipient, in order."""
    is_doubtful: bool = False
    """The end was sent and never answered: it may arrive twice (TRUST C1)."""
    is_unheard: bool = False
    """The connection was gone before MAIL was answered: a stale one."""
    again: list[int] = field(default_factory=list)
    """Recipients that the server wants in a transaction of their own (452)."""


class Unanswered(Exception):
    """The connection is of no use any more."""


class BrokenOff(Unanswered):
    """The same, in the middle of the content, and why."""

    def __init__(self, text: str, outcome: Outcome) -> None:
        super().__init__(text)
        self.outcome = outcome
        """What it means to all recipients that have no answer."""


def unreadable(failure: Failure) -> Outcome:
    """Return what it means that a body cannot be read."""
    if isinstance(failure, PermanentFailure):
        return permanent("5.3.0", failure.text)
    return transient("4.3.0", failure.text)
