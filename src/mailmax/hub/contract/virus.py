"""The virus scanners of a computer: how they are, a test of them, new definitions.

Theory:
    SMTPMax knows of them; the hub passes these questions on to it. A test and an update
    may take minutes: what begins one is answered at once, and what came of it is in
    the state.

Rules:
    One test and one update at a time: who begins another is told of the one that runs.

Manual: 3.3, 4.10.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.message import Denied, Message, Request

ScannerKind = Literal["external", "clamd"]


class ScannerView(msgspec.Struct, frozen=True, array_like=True):
    """One scanner."""

    kind: ScannerKind
    is_on: bool
    """Mail is given to it."""
    trouble: str = ""
    """Why it cannot be used; empty: it can."""
    engine: str = ""
    """What it calls itself; the path of a program."""
    signatures: str = ""
    """Version of its signatures."""
    made_at: float = 0.0
    """When they were made, Unix time; 0: it does not say."""


class VerdictView(msgspec.Struct, frozen=True, array_like=True):
    """What a scanner said of the test file."""

    kind: ScannerKind
    verdict: Literal["found", "clean", "failed"]
    words: str
    """The name of what it found, or why there is no verdict."""
    seconds: float


class TrialView(msgspec.Struct, frozen=True, array_like=True):
    """The last test, since SMTPMax was started."""

    begun_at: float = 0.0
    """Unix time; 0: there was none."""
    is_running: bool = False
    verdicts: tuple[VerdictView, ...] = ()
    """Of those scanners that have answered by now."""


class UpdateView(msgspec.Struct, frozen=True, array_like=True):
    """When definitions are updated, and how the last time went."""

    command: str
    directory: str
    daily_at: str = ""
    """``HH:MM``; empty: not daily."""
    every_hours: int = 0
    """0: not by hours."""
    on_start: bool = False
    is_running: bool = False
    begun_at: float = 0.0
    """Of the last one, Unix time; 0: none since SMTPMax was started."""
    ended_at: float = 0.0
    trouble: str = ""
    """Why the last one failed; empty: it did not."""


class VirusState(Message, frozen=True, array_like=True, tag=336):
    """All of it."""

    node: str
    scanners: tuple[ScannerView, ...]
    trial: TrialView
    update: UpdateView
    nodes: tuple[str, ...] = ()
    """Where SMTPMax runs; the hub says it."""


class AskVirusState(
    Request[VirusState | Denied], frozen=True, array_like=True, tag=337
):
    """How are the scanners?"""

    node: str = ""
    """On that computer; empty: on one where SMTPMax runs."""


class BeginVirusTest(
    Request[VirusState | Denied], frozen=True, array_like=True, tag=338
):
    """Give the test file EICAR to each scanner that is on."""

    node: str = ""


class BeginVirusUpdate(
    Request[VirusState | Denied], frozen=True, array_like=True, tag=339
):
    """Run the program that fetches new definitions."""

    node: str = ""
