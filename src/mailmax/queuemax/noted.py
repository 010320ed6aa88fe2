"""What the operational log tells of mail: failures, delays and dead mail.

The tries themselves are too many for it; they are for who watches.
"""

import logging
from typing import Final

from mailmax.observe.events.catalogue import Event, describe
from mailmax.observe.events.kinds import Kind
from mailmax.observe.events.queue import MailRetried
from mailmax.observe.trace import Trace

_KINDS: Final = frozenset({Kind.FAILURES, Kind.DEAD_MAIL, Kind.RETRIES})

_log = logging.getLogger("queuemax")


def note_in_log(trace: Trace) -> None:
    """Write what becomes of mail into the operational log from now on."""
    trace.subscribe(_KINDS, _note)


def _note(event: Event) -> None:
    if not isinstance(event, MailRetried):
        _log.info("%s", describe(event))
