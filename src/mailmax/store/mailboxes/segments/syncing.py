"""One sync of a mailbox: which files make durable what was done to it so far.

Theory:
    The log, the segments of messages that are not proven (`unproven`), and once the
    list of mailboxes. All are waited for at once (`together`); nothing is promised
    before the last of them is durable.

Rules:
    What is proven by it is said with the next change (`Home.log`).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from mailmax.store import disk
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.heap import segment_of
from mailmax.store.mailboxes.segments.home import Home


class Syncing:
    """See the head of this file."""

    def __init__(
        self, home: Home, box: Box, before: Sequence[Callable[[], None]] = ()
    ) -> None:
        """Look at what is to be synced, and begin to write it.

        Args:
            home: The user.
            box: The mailbox.
            before: What else is promised with it.
        """
        self._home = home
        self._box = box
        with home.mutex:
            self._log = box.path
            self._modseq = box.head.modseq
            if box.head.proven_cuts < home.node.cuts:
                self._modseq = 0  # nothing is added before that was looked at
            wanted = {
                segment_of(add.place)
                for add in box.head.unproven
                if add.modseq > box.proven
            }
            bodies = [home.mail.path(number) for number in sorted(wanted)]
            for path in bodies:
                home.syncs.wrote(path)
        paths = [self._log, *bodies]
        if bodies:
            for path in paths:
                with suppress(OSError):
                    disk.begin_write(home.files.get(path).fd)
        self.works: Sequence[Callable[[], None]] = [
            *before,
            *(partial(home.syncs.sync, [path]) for path in paths),
        ]
        """To be done in any order, or at once."""

    def done(self, outcomes: Sequence[Exception | None]) -> None:
        """Take what became of the works.

        Raises:
            TemporaryFailure: Not all is durable.
        """
        home, box = self._home, self._box
        failure = next((each for each in outcomes if each is not None), None)
        if failure is None:
            with home.mutex:
                box.proven = max(box.proven, self._modseq)
            return
        if home.syncs.is_suspect(self._log):
            home.upkeep.due(home, box.folder_id)  # go on in another file
        raise failure
