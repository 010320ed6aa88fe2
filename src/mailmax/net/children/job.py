"""What a warden is told, and what it answers: JSON in one packet each.

Rules:
    Standard library only: both ends read it, and one of them starts alone.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any, Literal

PACKET_OCTETS = 128 * 1024
"""More than any job or report has."""
MIB = 1024 * 1024

Kind = Literal["exited", "hung", "crashed", "not_startable", "over_limits", "broken"]
"""How a program ended: by itself, or a kind of failure (`policy.programs`)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a program may use, with all that it starts."""

    wall_s: float = 60.0
    """From start to end."""
    cpu_s: int = 60
    """Of the processor, each process."""
    memory_octets: int = 2048 * MIB
    """All together; each process may reserve twice as much."""
    processes: int = 64
    """All together, threads too."""
    file_octets: int = 1024 * MIB
    """The largest file."""
    disk_octets: int = 1024 * MIB
    """All files together, beside those that were given."""
    disk_files: int = 20_000
    descriptors: int = 256
    """Open files, each process."""
    output_octets: int = 8 * 1024
    """How much of the output is kept; the rest is read and thrown away."""

    def lasting(self, wall_s: float) -> "Limits":
        """Return the same for a program that may take that long, and compute so long.

        Args:
            wall_s: From start to end, in seconds.
        """
        return replace(self, wall_s=wall_s, cpu_s=max(self.cpu_s, ceil(wall_s)))


@dataclass(frozen=True, slots=True)
class Job:
    """One program to run."""

    words: Sequence[str]
    directory: str
    """Its own: ``files`` and ``scratch`` in it are there."""
    readable: Sequence[str]
    """What it may read and execute."""
    limits: Limits

    def packed(self) -> bytes:
        """Return the packet."""
        return json.dumps(asdict(self)).encode("ascii")

    @staticmethod
    def unpacked(packet: bytes) -> "Job":
        """Read a packet of our own."""
        parts: dict[str, Any] = json.loads(packet)
        return Job(**(parts | {"limits": Limits(**parts["limits"])}))


@dataclass(frozen=True, slots=True)
class Means:
    """What this computer has to contain a program with."""

    namespaces: bool = False
    """Processes, network and shared memory of its own."""
    mounts: bool = False
    """Everything outside its directory can be made read-only."""
    landlock: int = 0
    """Its ABI; 0: not there."""
    seccomp: bool = False

    def packed(self) -> bytes:
        """Return the packet."""
        return json.dumps(asdict(self)).encode("ascii")

    @staticmethod
    def unpacked(packet: bytes) -> "Means":
        """Read a packet of our own."""
        return Means(**json.loads(packet))


@dataclass(frozen=True, slots=True)
class Report:
    """How a program ended."""

    kind: Kind
    status: int = 0
    """After a normal end."""
    reason: str = ""
    seconds: float = 0.0
    output: str = ""
    """Latin-1: octet by octet."""

    def packed(self) -> bytes:
        """Return the packet."""
        return json.dumps(asdict(self)).encode("ascii")

    @staticmethod
    def unpacked(packet: bytes) -> "Report":
        """Read a packet of our own."""
        return Report(**json.loads(packet))
