"""What all work of Housekeeping shares."""

from contextlib import closing
from dataclasses import dataclass

from mailmax.housekeeping import removals
from mailmax.housekeeping.clock_watch import ClockWatch
from mailmax.housekeeping.clocks import Clocks
from mailmax.housekeeping.leisure import Leisure
from mailmax.housekeeping.ports import Hub
from mailmax.hub.contract.housekeeping import RemovalWork
from mailmax.store.moving import Moving
from mailmax.store.removing import Removing


@dataclass(frozen=True, slots=True)
class Room:
    """See the head of this file."""

    hub: Hub
    removing: Removing
    """The directories of this node."""
    moving: Moving
    """The same, to be moved."""
    leisure: Leisure
    clocks: Clocks
    watch: ClockWatch

    async def measure(self, work: RemovalWork) -> int:
        """Return the octets of a directory, at leisure.

        Raises:
            Failure: It is no place to be touched, or the disk refuses.
        """
        octets = 0
        with closing(removals.measure(self.removing, work)) as measuring:
            while done := await self.leisure.slices(measuring):
                octets += sum(done)
        return octets
