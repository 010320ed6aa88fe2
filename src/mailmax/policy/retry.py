"""When the next try is, when the sender hears of it, and when it is over.

Theory:
    A recipient's place in the queue is a `Stage` with the number of tries made in
    it. This is the whole table; `next_step` reads it::

        stage      on 2xx      on 4xx, no answer                   on 5xx  or so
        FRESH      DELIVERED   RETRY                               FAILED  SOFT, tell
        RETRY      DELIVERED   RETRY; after `retries`: SOFT, tell  FAILED  SOFT, tell
        SOFT       DELIVERED   SOFT; after `resends`: FAILED       FAILED  as on 4xx
        FAILED     (a report is owed)                              -> RETURNED
        DELIVERED, RETURNED    the end

    The last column is the manual's way for permanent errors: they may have been
    somebody's mistake, and are tried as long as any other.

    An administrator's word comes between; what is being tried just now obeys when the
    try has ended, unless it was DELIVERED::

        word                   then
        hold                   the stage stays; no try before the release
        release                tried at once
        retry                  tried at once, unless it is held
        `Order.RETURN`         FAILED
        `Order.DISCARD`        RETURNED, nobody is told
        other address          FRESH, and tried at once, unless it is held

    Tries are counted, not hours: a clock that jumps ten years ahead brings one try
    early, not the end (TRUST D14). A time read from disk is clamped to the longest
    wait of its stage (`wait_until`).

    What may not end by itself (`base.again`) has no last try: where the table says
    FAILED it is RETRY, with the usual wait of that (`one_more`).

    Mail of a backup domain goes through the same stages for the same time, but is
    tried at each retry interval until its end (`Schedule`): it is to leave as soon as
    a better exchanger answers.

Rules:
    Pure: the caller gives clock and chance. The wait differs by a tenth at random, so
    that a thousand messages put off together do not come back together.

Limits:
    Defaults: 8 retries 15 minutes apart, then 28 every 4 hours: 4.75 days in all (RFC
    5321 §4.5.4.1: at least 4-5 days, retries 30 minutes apart; Postfix 5 days).

Manual: §4.4.
"""

from dataclasses import dataclass, replace
from enum import Enum, IntEnum, auto
from math import ceil

from mailmax.base.units import HOUR_S, MINUTE_S

JITTER = 0.1


class Stage(IntEnum):
    """Where a recipient is; the numbers are written to disk."""

    FRESH = 0
    RETRY = 1
    SOFT = 2
    DELIVERED = 3
    FAILED = 4
    """For good; a report to the sender is owed."""
    RETURNED = 5
    """Failed, and the report is durable (or there is nobody to tell)."""

    @property
    def is_waiting(self) -> bool:
        """Tell whether it is still to be sent."""
        return self <= Stage.SOFT

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to be done."""
        return self is Stage.DELIVERED or self is Stage.RETURNED


class Order(IntEnum):
    """How an administrator ends it; the numbers are written to disk."""

    NONE = 0
    DISCARD = 1
    """Without a report."""
    RETURN = 2
    """With one."""


class Schedule(Enum):
    """By which times mail is tried."""

    USUAL = auto()
    """Less often after the first tries."""
    BACKUP = auto()
    """Always as often as at first."""


def schedule_of(kind: str) -> Schedule:
    """Return by which times mail for a domain of a kind is tried; empty: not ours."""
    return Schedule.BACKUP if kind == "backup" else Schedule.USUAL


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How often and how far apart (Manual §4.4)."""

    retry_minutes: int = 15
    retries: int = 8
    resend_hours: float = 4
    resends: int = 28
    is_permanent_final: bool = True
    """What a server refuses for good is returned at once."""

    def of(self, schedule: Schedule) -> "RetryLimits":
        """Return the limits by which mail of a kind is tried."""
        if schedule is Schedule.USUAL:
            return self
        per_resend = self.resend_hours * HOUR_S / (self.retry_minutes * MINUTE_S)
        return replace(
            self,
            resend_hours=self.retry_minutes * MINUTE_S / HOUR_S,
            resends=ceil(self.resends * per_resend),
        )

    def wait_s(self, stage: Stage) -> float:
        """Return the usual wait of a stage in seconds."""
        if stage is Stage.RETRY:
            return self.retry_minutes * MINUTE_S
        if stage is Stage.SOFT:
            return self.resend_hours * HOUR_S
        return 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """What comes after a try that did not succeed."""

    stage: Stage
    tries: int
    wait_s: float = 0.0
    is_notice_due: bool = False
    """Tell the sender now that it is late and that tries go on (RFC 3461 delayed)."""


def next_step(
    stage: Stage,
    tries: int,
    limits: RetryLimits,
    chance: float,
    *,
    is_permanent: bool = False,
) -> Step:
    """Return what follows a failure.

    Args:
        stage: FRESH, RETRY or SOFT.
        tries: Tries made in that stage, this one not counted.
        limits: The settings.
        chance: Between 0 and 1, at random.
        is_permanent: The server has refused it for good.
    """
    if is_permanent and limits.is_permanent_final:
        return Step(Stage.FAILED, tries + 1)
    match stage:
        case Stage.FRESH if limits.retries > 0 and not is_permanent:
            return _wait(Stage.RETRY, 0, limits, chance)
        case Stage.RETRY if tries + 1 < limits.retries and not is_permanent:
            return _wait(Stage.RETRY, tries + 1, limits, chance)
        case Stage.FRESH | Stage.RETRY if limits.resends > 0:
            return _wait(Stage.SOFT, 0, limits, chance, is_notice_due=True)
        case Stage.SOFT if tries + 1 < limits.resends:
            return _wait(Stage.SOFT, tries + 1, limits, chance)
        case _:
            return Step(Stage.FAILED, tries + 1)


def one_more(limits: RetryLimits, chance: float) -> Step:
    """Return what follows the last try of what may not end by itself."""
    return _wait(Stage.RETRY, 0, limits, chance)


def place_after(attempts: int, limits: RetryLimits) -> tuple[Stage, int]:
    """Return stage and tries in it after so many transient failures in a row.

    Never FAILED: one more failure says whether it is the end.
    """
    stage, tries = Stage.FRESH, 0
    for _ in range(min(attempts, limits.retries + limits.resends)):
        step = next_step(stage, tries, limits, 0.5)
        if step.stage is Stage.FAILED:
            break
        stage, tries = step.stage, step.tries
    return stage, tries


def wait_until(stage: Stage, due_ms: int, now_ms: int, limits: RetryLimits) -> float:
    """Return the seconds from now to a time that was read from disk, clamped."""
    longest_s = limits.wait_s(stage) * (1 + JITTER)
    return min(max((due_ms - now_ms) / 1000, 0.0), longest_s)


def _wait(
    stage: Stage,
    tries: int,
    limits: RetryLimits,
    chance: float,
    *,
    is_notice_due: bool = False,
) -> Step:
    wait_s = limits.wait_s(stage) * (1 - JITTER + 2 * JITTER * chance)
    return Step(stage, tries, wait_s, is_notice_due)
