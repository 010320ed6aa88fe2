"""A name server for load: ``python -m bench.names PORT``.

Every address has a name, every domain a mail server; the block lists below
``lists.example`` are sound and list nobody.
"""

import asyncio
import sys
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import uvloop

LISTS = ("one.lists.example", "two.lists.example", "three.lists.example")
_TTL_S = 300
_LISTED = "127.0.0.2"


class Names(asyncio.DatagramProtocol):
    """Answers over UDP."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer at once."""
        query = dns.message.from_wire(data)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        text = _answer(str(question.name).lower(), question.rdtype)
        if text is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif text:
            reply.answer.append(
                dns.rrset.from_text(question.name, _TTL_S, "IN", question.rdtype, text)
            )
        self._transport.sendto(reply.to_wire(), addr)


def _answer(name: str, kind: dns.rdatatype.RdataType) -> str | None:
    """Return a record; empty where the name has none, None where there is no name."""
    if name.endswith(".lists.example."):
        if not name.startswith("2.0.0.127."):
            return None
        return _LISTED if kind == dns.rdatatype.A else ""
    if kind == dns.rdatatype.PTR:
        return "client.example.org."
    if kind == dns.rdatatype.MX:
        return "10 mx.example.org."
    return "192.0.2.25" if kind == dns.rdatatype.A else ""


async def serve(port: int) -> None:
    """Serve for ever."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", port))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
