"""A role that cannot go on stops in good order and ends with an error."""

import asyncio

import pytest

from mailmax.bootstrap import process
from mailmax.bootstrap.node import Node


class Role:
    """Gives up when it has started."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.steps: list[str] = []

    async def start(self) -> None:
        self.steps.append("started")
        loop = asyncio.get_running_loop()
        loop.call_soon(self.node.give_up, ZeroDivisionError("a bug"))
        loop.call_soon(self.node.give_up, ZeroDivisionError("and another"))

    async def stop(self) -> None:
        self.steps.append("stopped")


async def test_it_stops_and_whoever_started_it_sees_that_it_failed(house):
    made: list[Role] = []

    async def build(node: Node) -> Role:
        made.append(Role(node))
        return made[0]

    async with asyncio.timeout(60):
        with pytest.raises(RuntimeError, match="datamax could not go on") as failed:
            await process._live("datamax", build, Node(house.local), supervised=True)

    assert str(failed.value.__cause__) == "a bug"
    assert made[0].steps == ["started", "stopped"]
