"""The resolver: cached, sharing sockets, asking a name only once at a time.

Theory:
    A look-up is found in the cache, or joins one that is under way, or is asked of
    the name servers in turn, each with a patience that grows a round. A caller waits
    only as long as it said; the look-up itself goes on and fills the cache.

Rules:
    NXDOMAIN and "no such record" are answers. SERVFAIL, REFUSED and silence of all
    servers are `TemporaryFailure` (RFC 5321 §5.1: never a reason to bounce).

Limits:
    Three rounds over at most three servers; 8 CNAMEs over several replies.

Standards:
    RFC 1034 §5.3, RFC 2308, RFC 5452, RFC 6891, RFC 7766, RFC 9520.

Manual: §4.3, §4.4 (DNS time-outs).
"""

import asyncio
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import dns.name

from mailmax.base.dns import Answer, MxRecord
from mailmax.base.errors import TemporaryFailure
from mailmax.net.dns.cache import FAILURE_S, NEGATIVE_S, POSITIVE_S, TtlCache
from mailmax.net.dns.codec import FAILED, Kind, Reply, make_question, parse_name
from mailmax.net.dns.exchange import NameServer, Server
from mailmax.observe.events import kinds
from mailmax.observe.events import queue as events
from mailmax.observe.trace import Trace
from mailmax.policy.outcome import printable

DNS_PORT: Final = 53
ROUNDS: Final = 3
CHAIN: Final = 8
_RESOLV_CONF: Final = Path("/etc/resolv.conf")
SERVERS: Final = 3
NO_SUCH_NAME: Final[Answer[Any]] = Answer(exists=False)

_Key = tuple[dns.name.Name, Kind]


class DnsResolver:
    """Answers for one process (`base.dns.Resolver`)."""

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        timeout_s: float = 15.0,
        patience_s: float = 2.0,
        trace: Trace | None = None,
    ) -> None:
        """Prepare; nothing is opened before the first question.

        Args:
            servers: Addresses and ports, best first.
            timeout_s: How long a caller waits.
            patience_s: How long one server is given in the first round.
            trace: Is told what is asked of servers; what the cache knows is not.
        """
        self._servers = [NameServer(server) for server in servers[:SERVERS]]
        self.timeout_s = timeout_s
        """How long a caller waits; may be changed."""
        self._patience_s = patience_s
        self._trace = trace or Trace()
        self._cache: TtlCache[_Key, Reply] = TtlCache()
        self._asking: dict[_Key, asyncio.Task[Reply]] = {}

    async def mx(self, name: str) -> Answer[MxRecord]:
        """Return the mail exchangers of a domain.

        Raises:
            TemporaryFailure: No name server answered.
        """
        return await self._look_up(name, Kind.MX)

    async def a(self, name: str) -> Answer[str]:
        """Return the IPv4 addresses of a host.

        Raises:
            TemporaryFailure: No name server answered.
        """
        return await self._look_up(name, Kind.A)

    async def aaaa(self, name: str) -> Answer[str]:
        """Return the IPv6 addresses of a host.

        Raises:
            TemporaryFailure: No name server answered.
        """
        return await self._look_up(name, Kind.AAAA)

    async def ptr(self, address: str) -> Answer[str]:
        """Return the names of an address; none for a text that is no address.

        Raises:
            TemporaryFailure: No name server answered.
        """
        try:
            pointer = ipaddress.ip_address(address).reverse_pointer
        except ValueError:
            return NO_SUCH_NAME
        return await self._look_up(pointer, Kind.PTR)

    async def txt(self, name: str) -> Answer[bytes]:
        """Return the texts of a name.

        Raises:
            TemporaryFailure: No name server answered.
        """
        return await self._look_up(name, Kind.TXT)

    def use(self, servers: Sequence[Server]) -> None:
        """Ask other servers from now on, and forget what the former ones said."""
        self.close()
        self._servers = [NameServer(server) for server in servers[:SERVERS]]
        self._cache = TtlCache()

    def close(self) -> None:
        """Let the sockets go."""
        for task in self._asking.values():
            task.cancel()
        for server in self._servers:
            server.close()

    async def _look_up(self, text: str, kind: Kind) -> Answer[Any]:
        name = parse_name(text)
        if name is None:
            return NO_SUCH_NAME
        reply = await self._reply((name, kind))
        if reply.failed:
            raise TemporaryFailure(f"no name server answered for {text[:253]}")
        return Answer(
            reply.records, reply.exists, reply.authenticated, reply.canonical or text
        )

    async def _reply(self, key: _Key) -> Reply:
        loop = asyncio.get_running_loop()
        found = self._cache.find(key, loop.time())
        if found is not None:
            return found
        task = self._asking.get(key)
        if task is None:
            task = loop.create_task(self._ask(key))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        try:
            async with asyncio.timeout(self.timeout_s):
                return await asyncio.shield(task)
        except TimeoutError:
            return FAILED
        except asyncio.CancelledError:
            if task.cancelled():  # closed under us
                return FAILED
            raise

    async def _ask(self, key: _Key) -> Reply:
        reply = await self._follow(key)
        self._keep(key, reply)
        return reply

    async def _follow(self, key: _Key) -> Reply:
        """Ask on where a server gives a CNAME without what it points to."""
        name, kind = key
        reply = await self._ask_servers(name, kind)
        ttl_s = reply.ttl_s
        seen = {name}
        while not reply.records and reply.exists and reply.canonical:
            target = parse_name(reply.canonical)
            if target is None or target in seen or len(seen) > CHAIN:
                break
            seen.add(target)
            reply = await self._ask_servers(target, kind)
            ttl_s = min(ttl_s, reply.ttl_s)
        return reply

    async def _ask_servers(self, name: dns.name.Name, kind: Kind) -> Reply:
        for attempt in range(ROUNDS):
            patience_s = self._patience_s * (attempt + 1)
            for server in self._servers:
                reply = await self._ask_one(server, name, kind, patience_s)
                if reply is not None and not reply.failed:
                    return reply
        return FAILED

    async def _ask_one(
        self, server: NameServer, name: dns.name.Name, kind: Kind, patience_s: float
    ) -> Reply | None:
        question = make_question(name, kind)
        if not self._trace.wants(kinds.Kind.DNS):
            return await server.ask(question, patience_s)
        about = (str(server), name.to_text(), kind.name)
        self._trace.emit(events.NameAsked(*about))
        reply = await server.ask(question, patience_s)
        self._trace.emit(events.NameAnswered(*about, _shown(reply)))
        return reply

    def _keep(self, key: _Key, reply: Reply) -> None:
        if reply.failed:
            ttl_s = FAILURE_S
        else:
            ttl_s = min(reply.ttl_s, POSITIVE_S if reply.records else NEGATIVE_S)
        if ttl_s > 0:
            self._cache.keep(key, reply, asyncio.get_running_loop().time() + ttl_s)


def _shown(reply: Reply | None) -> str:
    """Say in a few words what a name server answered."""
    if reply is None:
        return "no answer in time"
    if reply.failed:
        return "it could not say"
    if not reply.exists:
        return "there is no such name"
    said = ", ".join(map(str, reply.records)) or reply.canonical or "no such record"
    return printable(said.encode("utf-8", "replace"))


def load_name_servers(path: Path = _RESOLV_CONF) -> list[Server]:
    """Return the system's name servers; loopback when it has none."""
    return own_name_servers(path) or [("127.0.0.1", DNS_PORT)]


def own_name_servers(path: Path = _RESOLV_CONF) -> list[Server]:
    """Return the name servers that the system has (resolv.conf(5))."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    servers: list[Server] = []
    for line in lines:
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            servers.append((words[1], DNS_PORT))
    return servers[:SERVERS]
