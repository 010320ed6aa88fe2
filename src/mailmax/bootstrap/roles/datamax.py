"""Builds DataMax."""

import asyncio

from mailmax.bootstrap.node import Node, Service
from mailmax.datamax.service import DataMax, plan_hub


async def build(node: Node) -> Service:
    """Open the database and put the hub together."""
    return DataMax(await asyncio.to_thread(plan_hub, node.local))
