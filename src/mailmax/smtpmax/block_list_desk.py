"""Answers what the block lists say of an address, for administrators (manual 4.2)."""

from mailmax.hub.contract.block_lists import BlockListsTried, TryBlockLists
from mailmax.hub.contract.message import Denied
from mailmax.hub.port import RelayingHub
from mailmax.policy import dnsbl
from mailmax.smtpmax.room import Room


class BlockListDesk:
    """Of one SMTPMax; it asks with the resolver and the rules that clients meet."""

    def __init__(self, room: Room, node: str) -> None:
        """Prepare.

        Args:
            room: Whose lists.
            node: Its computer's name.
        """
        self._room = room
        self._node = node

    def answer(self, hub: RelayingHub) -> None:
        """Answer what this hub asks."""
        hub.on_request(TryBlockLists, self._try)

    async def _try(self, request: TryBlockLists) -> BlockListsTried | Denied:
        address = request.address.strip()
        if not dnsbl.is_address(address):
            reason = f"{address[:60]!r} is no address"
            return Denied(
                "bad_value", "address", reason, "give an IPv4 or IPv6 address"
            )
        verdicts = await self._room.inquiries.try_lists(address)
        is_on = bool(self._room.hub.tables.setting("dnsbl_on"))
        return BlockListsTried(self._node, is_on, verdicts)
