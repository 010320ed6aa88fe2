"""What an SMTPMax tells of its virus scanners, and what it is told to do with them.

Theory:
    clamd is asked for its version, which names the day of its signatures; whether the
    program may be run is looked at as before each run. Tests and updates are tasks of
    this desk: who asks is not kept waiting (`hub.contract.virus`).

Manual: 3.3, 4.10.
"""

import asyncio
import time

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.virus import (
    AskVirusState,
    BeginVirusTest,
    BeginVirusUpdate,
    ScannerView,
    TrialView,
    VerdictView,
    VirusState,
)
from mailmax.hub.port import RelayingHub
from mailmax.net.children import executable
from mailmax.net.clamd import ask_version, signatures_at
from mailmax.policy import programs
from mailmax.settings.field import BadValue
from mailmax.smtpmax.definitions import Definitions
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.virus_trial import Look, looks, verdict_of


class VirusDesk:
    """Of one SMTPMax."""

    def __init__(self, room: Room, definitions: Definitions, node: str) -> None:
        """Prepare, on the running loop.

        Args:
            room: Whose scanners.
            definitions: Of this computer.
            node: Its name.
        """
        self._room = room
        self._definitions = definitions
        self._node = node
        self._begun_at = 0.0
        self._verdicts: list[VerdictView] = []
        self._trial: asyncio.Task[None] | None = None

    def answer(self, hub: RelayingHub) -> None:
        """Answer what this hub asks."""
        hub.on_request(AskVirusState, self._tell)
        hub.on_request(BeginVirusTest, self._begin_test)
        hub.on_request(BeginVirusUpdate, self._begin_update)

    async def start(self) -> None:
        """Nothing is to be done before somebody asks."""

    async def stop(self) -> None:
        """End a test that runs."""
        if self._trial is not None:
            self._trial.cancel()
            await asyncio.gather(self._trial, return_exceptions=True)

    @property
    def _is_testing(self) -> bool:
        return self._trial is not None and not self._trial.done()

    async def _tell(self, _: AskVirusState) -> VirusState:
        return await self._state()

    async def _begin_test(self, _: BeginVirusTest) -> VirusState | Denied:
        wanted = tuple(looks(self._room))
        if not wanted:
            why = "neither the external check nor that by ClamAV is on"
            return Denied("conflict", "virus_check", why, "switch one of them on")
        if not self._is_testing:
            self._begun_at = time.time()
            self._verdicts = []
            self._trial = asyncio.create_task(self._test(wanted))
        return await self._state()

    async def _begin_update(self, _: BeginVirusUpdate) -> VirusState:
        self._definitions.begin()
        return await self._state()

    async def _test(self, wanted: tuple[Look, ...]) -> None:
        for look in wanted:
            self._verdicts.append(await verdict_of(look))

    async def _state(self) -> VirusState:
        return VirusState(
            self._node,
            (await self._program(), await self._clamd()),
            TrialView(self._begun_at, self._is_testing, tuple(self._verdicts)),
            self._definitions.view(),
        )

    async def _clamd(self) -> ScannerView:
        setting = self._room.hub.tables.setting
        address, is_on = setting("clamd_address"), setting("virus_check")
        version = await ask_version(address)
        if not version:
            return ScannerView("clamd", is_on, f"it does not answer at {address}")
        engine, _, rest = version.partition("/")
        signatures = rest.partition("/")[0]
        return ScannerView(
            "clamd", is_on, "", engine, signatures, signatures_at(version)
        )

    async def _program(self) -> ScannerView:
        setting = self._room.hub.tables.setting
        line, is_on = setting("external_command"), setting("external_check")
        if not line:
            return ScannerView("external", is_on, "no command is set")
        program = programs.parse("external_command", line, programs.CHECKER)
        if isinstance(program, BadValue):
            return ScannerView("external", is_on, program.reason, line)
        bad = await asyncio.to_thread(executable.check, "external_command", program)
        trouble = "" if bad is None else bad.reason
        return ScannerView("external", is_on, trouble, program.executable)
