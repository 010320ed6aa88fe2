"""The log of events of one role, as the settings want it just now.

Theory:
    Each version of the tables is looked at before it is acknowledged, so a changed
    setting acts when the command that changed it returns. Content of mail is logged
    until a moment that a setting holds, and a day at most: each process stops by its
    own clock, also when nobody is there to tell it.

Manual: 4.3.1, 4.4.1, 4.5.2, 4.5.4.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from mailmax.observe.events.categories import LOGGED, kinds_of
from mailmax.observe.events.kinds import Kind, Kinds
from mailmax.observe.logfiles import LogFiles, Plan
from mailmax.observe.trace import Trace
from mailmax.settings.system.logs import CONTENT_S, LOG_NAMES


class Settings(Protocol):
    """Where settings are read: `hub.tables.Tables`."""

    def setting(self, key: str) -> Any:
        """Return what a setting is."""


class EventLog:
    """Writes what the settings ask for of what a trace has."""

    def __init__(
        self,
        settings: Settings,
        trace: Trace,
        role: str,
        directory: Path,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Prepare, on the running loop; nothing is written before `follow`.

        Args:
            settings: Read with each `follow`.
            trace: Of the role.
            role: Which one.
            directory: Of its log files.
            now: Unix time.
        """
        self._settings = settings
        self._trace = trace
        self._role = role
        self._name = LOG_NAMES[role]
        self._now = now
        self._files = LogFiles(directory, self._name, now)
        self._leave: Callable[[], None] | None = None
        self._kinds: Kinds = frozenset()
        self._until = 0
        self._end_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def follow(self) -> None:
        """Act by the settings as they are."""
        ask = self._settings.setting
        rate = ask(f"{self._name}_log_rate")
        kinds: Kinds = frozenset()
        if rate != "never":
            self._files.plan = Plan(rate, ask("log_form"), ask("log_keep_days"))
            kinds = kinds_of(LOGGED[self._role], ask(f"{self._name}_log_events"))
            kinds |= self._content()
        if kinds == self._kinds:
            return
        self._kinds = kinds
        if self._leave is not None:
            self._leave()
            self._leave = None
        if kinds:
            self._leave = self._trace.subscribe(kinds, self._files.take)

    def close(self) -> None:
        """Write what waits (called from a thread, when the role has stopped)."""
        self._files.close()

    def _content(self) -> Kinds:
        """Return the kind of content while it is to be logged."""
        if self._name != "smtp":
            return frozenset()
        until = self._settings.setting("smtp_log_content_until")
        now = self._now()
        if until != self._until:
            self._until = until
            self._end_s = min(until, now + CONTENT_S)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if now >= self._end_s:
            return frozenset()
        self._timer = self._loop.call_later(self._end_s - now, self.follow)
        return frozenset({Kind.CONTENT})
