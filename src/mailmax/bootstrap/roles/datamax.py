"""Builds DataMax."""

import asyncio
from dataclasses import replace
from functools import partial

from mailmax.bootstrap.node import Node, Service
from mailmax.bootstrap.this_computer import judge
from mailmax.datamax.plan import plan_hub
from mailmax.datamax.service import DataMax


async def build(node: Node) -> Service:
    """Open the database and put the hub together."""
    plan = await asyncio.to_thread(
        plan_hub, node.local, is_supervised=node.is_supervised
    )
    plan = replace(plan, judge=partial(judge, node.local))
    return DataMax(plan, node.give_up)
