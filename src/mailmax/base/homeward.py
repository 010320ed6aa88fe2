"""Mail that was held for another server and is ours after all: its way to the filer.

Theory:
    A domain that passed its mail on may become one whose mail is filed here. QueueMax
    gives what it held to the filer, which looks for its recipients as at reception.

    The origin stays, so nobody gets the message twice; the step is part of the queue's
    keys, so what the filer hands over again (the domain is another once more) is a new
    entry and no repetition.
"""

from typing import Final

import msgspec

from mailmax.base.envelope import Envelope, Recipient

_WORD: Final = "homeward "
_DIGITS: Final = 10


def rounds_of(step: str) -> int:
    """Return how often a message was given to the filer so; 0 for any other step."""
    digits = step.removeprefix(_WORD) if step.startswith(_WORD) else ""
    if 0 < len(digits) <= _DIGITS and digits.isascii() and digits.isdigit():
        return int(digits)
    return 0


def sent_home(envelope: Envelope, recipients: tuple[Recipient, ...]) -> Envelope:
    """Return the envelope by which the filer looks for recipients itself."""
    step = f"{_WORD}{rounds_of(envelope.step) + 1}"
    return msgspec.structs.replace(envelope, recipients=recipients, step=step)
