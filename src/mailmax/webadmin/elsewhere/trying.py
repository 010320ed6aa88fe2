"""Looking whether another system is there and lets itself be administered.

Limits:
    Four at once, 6 s each: a look must not become a way to scan a network.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from mailmax.base.errors import Failure
from mailmax.hub.client import HubClient
from mailmax.hub.contract.joining import ADMIN
from mailmax.hub.contract.presence import AskStatus, Status
from mailmax.hub.contract.summary import AskSummary, Summary
from mailmax.hub.contract.systems import SystemDoor
from mailmax.hub.joining import Identity
from mailmax.webadmin.elsewhere.link import SavedPassword
from mailmax.webadmin.elsewhere.refusals import too_many, why_not
from mailmax.webadmin.live.asking import told

MOST: Final = 4
OPEN_S: Final = 4.0
ANSWER_S: Final = 2.0

_room = asyncio.Semaphore(MOST)


@dataclass(frozen=True, slots=True)
class Found:
    """What a system tells of itself."""

    name: str
    version: str
    domains: int
    users: int


async def try_place(door: SystemDoor) -> Found:
    """Join once, ask, and leave.

    Raises:
        Problem: Why it cannot be administered.
    """
    if _room.locked():
        raise too_many()
    async with _room:
        try:
            return await _look(door)
        except (Failure, TimeoutError) as failure:
            why = failure if isinstance(failure, Failure) else None
            raise why_not(door.name, door.address, why) from failure


async def _look(door: SystemDoor) -> Found:
    password = SavedPassword(door.password.value, lambda _, __: None)
    client = HubClient(
        f"tls:{door.address}", password, Identity(ADMIN, door.here), frozenset()
    )
    await client.start(OPEN_S)
    try:
        async with asyncio.timeout(ANSWER_S):
            status = await told(client, AskStatus(), Status)
            summary = await told(client, AskSummary(), Summary)
    finally:
        await client.stop()
    return Found(summary.system_name, status.software, status.domains, status.users)
