"""A link to the hub of another system, and that hub as routes see it.

Theory:
    It is joined as a command of another computer joins: over TLS, each side proving
    the host password (`hub.handshake`), and only where remote administration is on
    there. Nothing but the hub's own words is ever said to that place.

Rules:
    What changes something is said for who asks here (`codec.FromElsewhere`). A new
    host password that the other hub tells, or that was set through this link, is
    told to our own hub, which keeps it in place of the old one.

Limits:
    20 s for an answer; only the lines of a trace may take longer.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mailmax.base.errors import TemporaryFailure
from mailmax.hub.client import HubClient
from mailmax.hub.codec import FromElsewhere, OnBehalf
from mailmax.hub.contract.host_password import HostPasswordSet, SetHostPassword
from mailmax.hub.contract.joining import ADMIN
from mailmax.hub.contract.message import Request
from mailmax.hub.contract.rules import PROGRAMS_S, TryRule
from mailmax.hub.contract.spying import ReadTrace
from mailmax.hub.contract.systems import SystemDoor
from mailmax.hub.contract.tables import Topic
from mailmax.hub.joining import Identity
from mailmax.hub.tables import Tables
from mailmax.webadmin.live.streams import Live

ANSWER_S: Final = 20.0
TOPICS: Final[frozenset[Topic]] = frozenset({"settings", "domains"})

Learned = Callable[[str, str], None]
"""Takes the old host password and the new one."""


class SavedPassword:
    """The host password of another system, as a hub's client wants it kept."""

    def __init__(self, password: str, learned: Learned) -> None:
        """Take it.

        Args:
            password: It.
            learned: Is told of a new one.
        """
        self._password = password
        self._learned = learned
        self.known = {password}
        """It, and those before it."""

    def load(self) -> str:
        """Return it."""
        return self._password

    def save(self, password: str) -> None:
        """Go on with a new one."""
        old, self._password = self._password, password
        self.known.add(password)
        self._learned(old, password)


class Link:
    """To one other system."""

    def __init__(self, door: SystemDoor, learned: Learned) -> None:
        """Prepare; `open` connects."""
        self.door = door
        self.password = SavedPassword(door.password.value, learned)
        identity = Identity(ADMIN, door.here)
        address = f"tls:{door.address}"
        self.client = HubClient(address, self.password, identity, TOPICS)
        self.live = Live(self)
        self._calls = 0
        self._used_at = time.monotonic()

    async def open(self, patience_s: float) -> None:
        """Join.

        Raises:
            Failure: It does not come about.
        """
        await self.client.start(patience_s)

    async def close(self) -> None:
        """Leave; streams and traces end."""
        await self.live.close()
        await self.client.stop()

    def leads_to(self, door: SystemDoor) -> bool:
        """Tell whether it is open, and to that; a new password may be under way."""
        is_open = self.client.is_joined or self.client.is_coming_back
        is_known = door.password.value in self.password.known
        return is_open and is_known and door.address == self.door.address

    @property
    def idle_s(self) -> float:
        """How long nobody has used it."""
        if self._calls or self.live.is_used:
            return 0.0
        return time.monotonic() - self._used_at

    async def ask(self, request: Request[Any]) -> Any:
        """Ask and wait for the answer.

        Raises:
            TemporaryFailure: It is away.
        """
        self._calls += 1
        try:
            async with asyncio.timeout(_patience_with(request)):
                return await self.client.ask(request)
        except TimeoutError:
            raise TemporaryFailure("it does not answer in time") from None
        finally:
            self._calls -= 1
            self._used_at = time.monotonic()


def _patience_with(request: Request[Any]) -> float | None:
    """Return how long an answer may take, in seconds; None: as long as it wants."""
    if isinstance(request, ReadTrace):
        return None
    wanted = request.request if isinstance(request, FromElsewhere) else request
    runs = isinstance(wanted, TryRule) and wanted.runs_programs
    return ANSWER_S + (PROGRAMS_S if runs else 0.0)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks here."""

    name: str
    key_name: str
    peer: str


class OtherHub:
    """Its hub, for one who asks (`rest.call.Hub`)."""

    def __init__(self, link: Link, person: Person) -> None:
        """Take both."""
        self._link = link
        self._person = person

    @property
    def tables(self) -> Tables:
        """What was pushed."""
        return self._link.client.tables

    @property
    def is_joined(self) -> bool:
        """It can be asked now."""
        return self._link.client.is_joined

    async def ask(self, request: Request[Any]) -> Any:
        """Ask and wait for the answer.

        Raises:
            TemporaryFailure: It is away.
        """
        if not isinstance(request, OnBehalf):
            return await self._link.ask(request)
        wanted, who = request.request, self._person
        answer = await self._link.ask(
            FromElsewhere(
                self._link.door.here, who.name, who.key_name, who.peer, wanted
            )
        )
        if isinstance(wanted, SetHostPassword) and isinstance(answer, HostPasswordSet):
            self._link.password.save(wanted.password.value)
        return answer
