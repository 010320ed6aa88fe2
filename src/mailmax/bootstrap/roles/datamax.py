"""Builds DataMax."""

import asyncio

from mailmax.bootstrap.node import Node, Service
from mailmax.datamax.plan import plan_hub
from mailmax.datamax.service import DataMax


async def build(node: Node) -> Service:
    """Open the database and put the hub together."""
    plan = await asyncio.to_thread(
        plan_hub, node.local, is_supervised=node.is_supervised
    )
    return DataMax(plan, node.give_up)
