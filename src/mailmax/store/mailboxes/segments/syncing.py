"""One sync of a mailbox: which files make durable what was done to it so far.

Theory:
    The log, the segments of messages that are not proven (`unproven`), and once the
    list of mailboxes. All are waited for at once (`together`); nothing is promised
    before the last of them is durable.

Rules:
    What is proven by it is said with the next change (`Home.log`).
"""

from collections.abc import Sequence

from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.heap import segment_of
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.together import Wanted


class Syncing:
    """See the head of this file."""

    def __init__(self, home: Home, box: Box) -> None:
        """Look at what is to be synced."""
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
            names = [] if box.is_named else [home.roster.path]
            for path in names:
                home.syncs.wrote(path)  # the filer makes some lazily
        paths = [*names, self._log, *bodies]
        self.files: Sequence[Wanted] = [(home.syncs, path) for path in paths]
        """To be synced in any order, or at once (`together`)."""

    def done(self, outcomes: Sequence[Exception | None]) -> None:
        """Take what became of the works.

        Raises:
            TemporaryFailure: Not all is durable.
        """
        home, box = self._home, self._box
        failure = next((each for each in outcomes if each is not None), None)
        if failure is None:
            with home.mutex:
                box.is_named = True
                box.proven = max(box.proven, self._modseq)
            return
        if home.syncs.is_suspect(self._log):
            home.upkeep.due(home, box.folder_id)  # go on in another file
        raise failure
