"""A one-time link for who has just started a system."""

import time

from mailmax.bootstrap.node import Node
from mailmax.cli.status import watch_status
from mailmax.hub.contract.joining import ADMIN
from mailmax.hub.contract.web import MakeSignInLink, SignInLink
from mailmax.settings.local import LocalSettings


async def make_link_when_ready(local: LocalSettings, patience_s: float) -> str:
    """Return the token of a link that signs in, when all services are ready.

    Args:
        local: Of the node that is starting.
        patience_s: After so long it is made although something is not ready.

    Raises:
        Failure: The hub does not answer, or refuses us.
    """
    hub = Node(local).hub(ADMIN, frozenset())
    await hub.start(patience_s)
    try:
        await watch_status(hub, time.monotonic() + patience_s)
        answer = await hub.ask(MakeSignInLink())
    finally:
        await hub.stop()
    return answer.token.value if isinstance(answer, SignInLink) else ""
