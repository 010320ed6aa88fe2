"""The virus definitions of this computer: updated by the clock, and at the start.

Theory:
    A program fetches them into a directory that clamd reads (``[virus_updates]`` of
    mailmax.toml). Mail goes on with the old ones meanwhile. Only at the start, where
    that is asked for, the first look at a message waits for the update, until it ends
    or its time is over. Afterwards clamd is told to read them.

Rules:
    One update at a time. One that fails is told in the log and in the status, and
    tried again when the next is due; what there was stays in use.

Manual: 3.3.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mailmax.net.clamd import reload
from mailmax.net.updater import run_updater
from mailmax.policy.updates import UpdateTimes, is_due
from mailmax.settings.local import UpdateSettings, second_of_day
from mailmax.smtpmax.room import Room

LOOK_S: Final = 20.0
MINUTE_S: Final = 60.0
_WHAT: Final = "virus definitions"

_log = logging.getLogger("mailmax.smtpmax")


class Definitions:
    """Of one SMTPMax."""

    def __init__(
        self,
        room: Room,
        settings: UpdateSettings,
        directory: Path,
        on_change: Callable[[], None],
    ) -> None:
        """Prepare, on the running loop.

        Args:
            room: Whose scans wait for the first update.
            settings: Of this computer.
            directory: Of the definitions.
            on_change: Called after each, when the troubles of the room may be others.
        """
        self._on_change = on_change
        self._room = room
        self._settings = settings
        self._directory = directory
        self._times = UpdateTimes(
            second_of_day(settings.daily_at), settings.every_hours
        )
        self._last = time.time()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Update now, where that is asked for, and when it is due."""
        if self._settings.on_start:
            self._room.places.ready.clear()
        if self._settings.on_start or self._times.are_set:
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """End an update that runs; update no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._room.places.ready.set()

    async def _work(self) -> None:
        if self._settings.on_start:
            try:
                await self._update()
            finally:
                self._room.places.ready.set()
        while self._times.are_set:
            await asyncio.sleep(LOOK_S)
            now = time.time()
            here = time.localtime(now)
            seconds = here.tm_hour * 3600 + here.tm_min * 60 + here.tm_sec
            if is_due(self._times, self._last, now, seconds):
                await self._update()

    async def _update(self) -> None:
        self._last = time.time()
        timeout_s = self._settings.timeout_minutes * MINUTE_S
        command = self._settings.command
        trouble = await run_updater(command, self._directory, timeout_s)
        if trouble:
            _log.error("virus definitions are not updated: %s", trouble)
            self._room.troubles[_WHAT] = trouble
        else:
            _log.info("virus definitions are up to date")
            self._room.troubles.pop(_WHAT, None)
        self._on_change()
        if not trouble:
            await self._tell_clamd()

    async def _tell_clamd(self) -> None:
        setting = self._room.hub.tables.setting
        if setting("virus_check") and not await reload(setting("clamd_address")):
            _log.warning("clamd could not be told of new definitions")
