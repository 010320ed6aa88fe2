"""What all work of Housekeeping is done with."""

from dataclasses import dataclass

from mailmax.housekeeping.clock_watch import ClockWatch
from mailmax.housekeeping.clocks import Clocks
from mailmax.housekeeping.leisure import Leisure
from mailmax.housekeeping.ports import Hub
from mailmax.store.moving import Moving
from mailmax.store.removing import Removing


@dataclass(frozen=True, slots=True)
class Tools:
    """See the head of this file."""

    hub: Hub
    removing: Removing
    """The directories of this node."""
    moving: Moving
    """The same, to be moved."""
    leisure: Leisure
    clocks: Clocks
    watch: ClockWatch
