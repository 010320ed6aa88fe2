"""Reaching the hub: a Unix socket on this node, TLS over TCP elsewhere.

Theory:
    The certificate is not checked against authorities: it is part of both proofs of
    the host password (`hub.handshake`), which nobody in the middle can make.
"""

import asyncio
import ssl
from collections.abc import Callable

from mailmax.base.errors import PermanentFailure
from mailmax.hub.link import Link
from mailmax.net.tls import unverified_context
from mailmax.settings.host_port import split_host_port


async def dial_hub(address: str, make_link: Callable[[], Link]) -> Link:
    """Connect.

    Args:
        address: ``unix:PATH`` or ``tls:HOST:PORT``.
        make_link: Makes the protocol.

    Raises:
        OSError: Nobody is there.
        PermanentFailure: The address is none.
    """
    loop = asyncio.get_running_loop()
    kind, _, rest = address.partition(":")
    if kind == "unix":
        _, link = await loop.create_unix_connection(make_link, rest)
        return link
    place = split_host_port(rest) if kind == "tls" else None
    if place is None:
        raise PermanentFailure(f"{address!r} is no place to find DataMax")
    host, port = place
    tls = unverified_context(ssl.TLSVersion.TLSv1_3)
    _, link = await loop.create_connection(make_link, host, port, ssl=tls)
    return link
