"""The virus definitions of this computer: updated by the clock, and at the start.

Theory:
    A program fetches them into a directory that clamd reads (``[virus_updates]`` of
    mailmax.toml). Mail goes on with the old ones meanwhile. Only at the start, where
    that is asked for, the first look at a message waits for the update, until it ends
    or its time is over. Afterwards clamd is told to read them.

Rules:
    One update at a time, also where an administrator asks for one. One that fails is
    told in the log and in the status, and tried again when the next is due; what there
    was stays in use.

Manual: 3.3.
"""

import asyncio
import logging
import shlex
import time
from pathlib import Path
from typing import Final

from mailmax.hub.contract.virus import UpdateView
from mailmax.net.clamd import reload
from mailmax.net.updater import Updater
from mailmax.policy.updates import UpdateTimes, is_due
from mailmax.settings.local import UpdateSettings, second_of_day
from mailmax.smtpmax.room import Room

LOOK_S: Final = 20.0
MINUTE_S: Final = 60.0
_WHAT: Final = "virus definitions"

_log = logging.getLogger("mailmax.smtpmax")


class Definitions:
    """Of one SMTPMax."""

    def __init__(self, room: Room, settings: UpdateSettings, directory: Path) -> None:
        """Prepare, on the running loop.

        Args:
            room: Whose scans wait for the first update.
            settings: Of this computer.
            directory: Of the definitions.
        """
        self._room = room
        self._settings = settings
        self._directory = directory
        self._updater = Updater(settings.command, directory)
        self._times = UpdateTimes(
            second_of_day(settings.daily_at), settings.every_hours
        )
        self._last = time.time()
        self._task: asyncio.Task[None] | None = None
        self._update: asyncio.Task[None] | None = None
        self._begun_at = self._ended_at = 0.0
        self._trouble = ""

    async def start(self) -> None:
        """Update now, where that is asked for, and when it is due."""
        if self._settings.on_start:
            self._room.places.ready.clear()
        if self._settings.on_start or self._times.are_set:
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """End an update that runs; update no more."""
        running = [one for one in (self._task, self._update) if one is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._room.places.ready.set()

    def begin(self) -> "asyncio.Task[None]":
        """Update now; return the update that runs, this one or one before."""
        if self._update is None or self._update.done():
            self._last = self._begun_at = time.time()
            self._update = asyncio.create_task(self._run())
        return self._update

    def view(self) -> UpdateView:
        """Return what is set, and how the last update went."""
        return UpdateView(
            shlex.join(self._settings.command),
            str(self._directory),
            self._settings.daily_at,
            self._settings.every_hours,
            self._settings.on_start,
            self._update is not None and not self._update.done(),
            self._begun_at,
            self._ended_at,
            self._trouble,
        )

    async def _work(self) -> None:
        if self._settings.on_start:
            try:
                await self.begin()
            finally:
                self._room.places.ready.set()
        while self._times.are_set:
            await asyncio.sleep(LOOK_S)
            now = time.time()
            here = time.localtime(now)
            seconds = here.tm_hour * 3600 + here.tm_min * 60 + here.tm_sec
            if is_due(self._times, self._last, now, seconds):
                await self.begin()

    async def _run(self) -> None:
        timeout_s = self._settings.timeout_minutes * MINUTE_S
        trouble = await self._updater.run(timeout_s)
        self._trouble, self._ended_at = trouble, time.time()
        if trouble:
            _log.error("virus definitions are not updated: %s", trouble)
        else:
            _log.info("virus definitions are up to date")
        self._room.note_trouble(_WHAT, trouble)
        if not trouble:
            await self._tell_clamd()

    async def _tell_clamd(self) -> None:
        setting = self._room.hub.tables.setting
        if setting("virus_check") and not await reload(setting("clamd_address")):
            _log.warning("clamd could not be told of new definitions")
