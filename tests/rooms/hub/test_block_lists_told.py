"""Block lists as SMTPMax tells of them with its presence (ORL-1, TRUST M8)."""

import asyncio
import time

from mailmax.hub.contract.block_lists import BlockListState, ListBlockLists
from mailmax.hub.contract.logins import BEAT_S
from mailmax.hub.contract.message import Denied

SOUND = BlockListState("a.test", "used", "", 100.0, 5, 1, 0)
SICK = BlockListState("b.test", "disabled", "it lists 127.0.0.1", 200.0, 7, 7, 0)


async def told(desk, request=None):
    page = await desk.ask(request or ListBlockLists())
    return [(one.entry, one.node, one.state, one.asked) for one in page.rows]


async def test_a_change_is_told_at_once_and_told_again_after_joining_again(house):
    await house.start()
    service = await house.client("smtpmax")
    now: list[BlockListState] = []
    service.report_block_lists(lambda: tuple(now))
    service.set_ready()
    desk = await house.admin()
    assert await told(desk) == []

    now[:] = [SOUND, SICK]
    service.say_presence()

    expected = [("a.test", "here", "used", 5), ("b.test", "here", "disabled", 7)]
    begin = time.monotonic()
    while await told(desk) != expected:
        assert time.monotonic() - begin < BEAT_S / 2, "it is told with the next beat"
        await asyncio.sleep(0.01)
    await house.stop()
    await house.start()
    end = time.monotonic() + 60
    while not (desk.is_joined and service.is_joined) or await told(desk) != expected:
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_they_come_in_pages(house):
    await house.start()
    service = await house.client("smtpmax")
    service.report_block_lists(lambda: (SOUND, SICK))
    service.set_ready()
    desk = await house.admin()
    end = time.monotonic() + 60
    while not await told(desk):
        assert time.monotonic() < end
        await asyncio.sleep(0.01)

    first = await desk.ask(ListBlockLists(limit=1))
    second = await desk.ask(ListBlockLists(first.next, 1))

    assert [page.rows[0].entry for page in (first, second)] == ["a.test", "b.test"]
    assert second.next == ""
    for after in ("x", "-1", "\u0663"):
        denied = await desk.ask(ListBlockLists(after))
        assert isinstance(denied, Denied)
        assert denied.field == "after"
