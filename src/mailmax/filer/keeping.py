"""What is kept in quarantine by the filing thread, on a disk that may hang or refuse.

Rules:
    The message is copied before it is given away: the journal it lies in may be gone
    when a disk that hung comes to it.
    What was given up is not in quarantine; nor will it be, until it is kept anew. What
    was kept but could not be made durable may be there all the same, and is then kept
    under the same name again.

Limits:
    64 messages are made durable at a time, each time within the patience of `hand`.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from mailmax.base.errors import TemporaryFailure
from mailmax.base.virus import Finding
from mailmax.filer import unkept
from mailmax.filer.directory import Directory
from mailmax.filer.unkept import Waited
from mailmax.net.hand import Hand, Unanswered
from mailmax.store.quarantine import Caps, Quarantine
from mailmax.store.spool.port import Entry

SYNCED_AT_ONCE: Final = 64

_log = logging.getLogger("mailmax.filer")


class Keeping:
    """Of one filing thread."""

    def __init__(self, directory: Directory, quarantine: Quarantine) -> None:
        """Begin with nothing kept.

        Args:
            directory: Has the settings.
            quarantine: Where it is kept.
        """
        self._directory = directory
        self._quarantine = quarantine
        self._hand = Hand("the quarantine")
        self._refusal = ""
        self._unsynced: dict[str, Waited] = {}
        """What was kept since the last checkpoint, by its id there."""
        self._is_spoiled = False
        """Some could not be synced; a second try would prove nothing (TRUST D2)."""

    @property
    def trouble(self) -> str:
        """Say why nothing can be kept; empty: the last time something was."""
        return self._hand.trouble or self._refusal

    def on_trouble(self, tell: Callable[[], object]) -> None:
        """Have it told, by any thread, when `trouble` has come or gone."""
        self._hand.on_change = tell

    def keep(self, waited: Waited, body: bytes | memoryview, finding: Finding) -> str:
        """Keep a message; durable once `settle` has said so.

        Args:
            waited: The message, and how often it has waited: should it have to wait
                once more, it is another round.
            body: Its octets.
            finding: What was found.

        Returns:
            Its id in quarantine.

        Raises:
            TemporaryFailure: It is not kept.
        """
        setting = self._directory.setting
        caps = Caps(setting("quarantine_octets"), setting("quarantine_messages"))
        origin, envelope = waited.record.origin, waited.record.envelope
        why = finding.verdict, finding.words
        work = partial(self._quarantine.keep, origin, envelope, bytes(body), why, caps)
        try:
            item_id = self._hand.do(work, self._quarantine.delete)
        except TemporaryFailure as failure:
            self._note(failure)
            raise
        self._note(None)
        self._unsynced[item_id] = waited
        return item_id

    def settle(self) -> Sequence[Entry]:
        """Make durable what was kept, before the journals may forget it.

        Returns:
            What could not be made so, for the queue; `forget` when it is there.
        """
        if not self._is_spoiled:
            try:
                self._sync()
            except TemporaryFailure as failure:
                self._is_spoiled = True
                self._note(failure)
                _log.error("what was kept waits for the quarantine: %s", failure)
        if not self._is_spoiled:
            return ()
        return [
            unkept.to_queue(one._replace(is_treated=True))
            for one in self._unsynced.values()
        ]

    def _sync(self) -> None:
        ids = list(self._unsynced)
        for begin in range(0, len(ids), SYNCED_AT_ONCE):
            some = ids[begin : begin + SYNCED_AT_ONCE]
            self._hand.do(partial(self._quarantine.sync, some))

    def forget(self) -> None:
        """What was kept is durable, in quarantine or in the queue."""
        self._unsynced.clear()
        self._is_spoiled = False

    def _note(self, failure: TemporaryFailure | None) -> None:
        """Remember why the disk refuses; that it does not answer, the hand says."""
        refusal = ""
        if failure is not None and not isinstance(failure, Unanswered):
            refusal = f"quarantine: {failure.text}"
        changed, self._refusal = refusal != self._refusal, refusal
        if changed:
            self._hand.on_change()
