"""What ``mailmax virus`` says of the scanners, their test and their updates."""

import time
from collections.abc import Iterator
from typing import Final

from mailmax.base.units import DAY_S, counted
from mailmax.cli.moments import shown_moment
from mailmax.hub.contract.virus import (
    ScannerView,
    TrialView,
    UpdateView,
    VerdictView,
    VirusState,
)

NAMES: Final = {"clamd": "ClamAV", "external": "external check"}


def state_lines(state: VirusState) -> Iterator[str]:
    """Yield all that is known, a line each."""
    yield f"computer: {state.node}"
    for scanner in state.scanners:
        yield f"{NAMES[scanner.kind]}: {'on' if scanner.is_on else 'off'}"
        yield from (f"  {line}" for line in _scanner(scanner))
    yield "definitions:"
    yield from (f"  {line}" for line in update_lines(state.update))
    if state.trial.begun_at:
        yield f"test of {shown_moment(state.trial.begun_at)}:"
        yield from (f"  {line}" for line in trial_lines(state.trial))


def trial_lines(trial: TrialView) -> Iterator[str]:
    """Yield what each scanner said of EICAR."""
    for one in trial.verdicts:
        yield f"{NAMES[one.kind]}: {_verdict(one)} ({one.seconds:.1f} s)"
    if trial.is_running:
        yield "not all have answered yet"


def update_lines(update: UpdateView) -> Iterator[str]:
    """Yield when they are updated, and how the last time went."""
    times = [f"daily at {update.daily_at}"] if update.daily_at else []
    if update.every_hours:
        times.append(f"every {counted(update.every_hours, 'hour')}")
    if update.on_start:
        times.append("when SMTPMax starts")
    yield f"updated {', '.join(times)}" if times else "not updated by SMTPMax itself"
    yield f"by: {update.command}"
    if update.is_running:
        yield f"an update runs since {shown_moment(update.begun_at)}"
    elif update.ended_at:
        how = f"failed: {update.trouble}" if update.trouble else "done"
        yield f"last update: {shown_moment(update.ended_at)}, {how}"


def _scanner(scanner: ScannerView) -> Iterator[str]:
    if scanner.engine:
        yield scanner.engine
    if scanner.made_at:
        days = max(0, int((time.time() - scanner.made_at) // DAY_S))
        age = f"{counted(days, 'day')} old"
        yield f"signatures {scanner.signatures}, {age}"
    if scanner.trouble:
        yield scanner.trouble


def _verdict(one: VerdictView) -> str:
    if one.verdict == "found":
        return f"found it: {one.words}"
    return "FOUND NOTHING" if one.verdict == "clean" else f"failed: {one.words}"
