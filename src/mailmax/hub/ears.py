"""What a client of the hub hears of one of its links.

Theory:
    A client has one link after the other. Each has ears of its own, so that who waits
    for the end of one does not wake by that of another.
"""

import asyncio
from typing import Any, Protocol

from mailmax.hub.link import Link


class Listener(Protocol):
    """A client of the hub."""

    def hear(self, link: Link, call: int, message: Any) -> None:
        """Take one message of the hub."""

    def lost(self, link: Link) -> None:
        """A link is gone."""


class Ears:
    """Hands what a link hears to its client, as long as it is that client's link."""

    def __init__(self, client: Listener, lost: "asyncio.Future[None]") -> None:
        """Listen for somebody.

        Args:
            client: Who hears, and leaves behind what is no more its link.
            lost: Done when the link is lost.
        """
        self._client = client
        self._lost = lost

    def on_linked(self, link: Link) -> None:
        """Nothing to do: the client speaks first."""

    def on_message(self, link: Link, call: int, message: Any) -> None:
        """Pass it on."""
        self._client.hear(link, call, message)

    def on_lost(self, link: Link) -> None:
        """Wake who stays, and everybody who waits for an answer."""
        if not self._lost.done():
            self._lost.set_result(None)
        self._client.lost(link)
