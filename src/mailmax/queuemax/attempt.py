"""Opening a session: host after host, encrypted when possible.

Theory:
    Hosts are tried in their order until one greets us and takes our introduction. A
    server that offers STARTTLS and then fails at it is called again, once, without
    (opportunistic encryption, RFC 7435); that is logged.

Rules:
    What counts is the whole: a refusal of one host is not yet an answer for the
    domain. A loop back to us is.

Limits:
    Five minutes to find a host that talks; 20 hosts come from routing.
"""

import asyncio
import logging
import os
import ssl
from dataclasses import dataclass
from typing import Final

from mailmax.net.dial import Dialer
from mailmax.net.link import Link
from mailmax.policy.outcome import Outcome, Result, transient
from mailmax.policy.routing import Destination
from mailmax.queuemax.peers import Host, Myself
from mailmax.queuemax.route import Router
from mailmax.queuemax.session import RemoteSession
from mailmax.store.queue.entry import Trouble
from mailmax.wire.smtp.client import SmtpClient

OPEN_S: Final = 300.0

_log = logging.getLogger("queuemax")


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens sessions to destinations."""

    router: Router
    dialer: Dialer
    me: Myself
    tls: ssl.SSLContext | None = None
    """For encryption without proof; None sends in the clear."""

    async def open(
        self, destination: Destination, trouble: Trouble
    ) -> RemoteSession | Outcome:
        """Return a session ready to send, or why there is none.

        Args:
            destination: Where to.
            trouble: Is told what is waited for, and what each host said.
        """
        trouble.text = "its hosts are being looked up"
        hosts = await self.router.find_hosts(destination)
        if isinstance(hosts, Outcome):
            return hosts
        outcome = transient("4.4.1", "no host could be reached")
        until = asyncio.get_running_loop().time() + OPEN_S
        for host in hosts:
            trouble.text = _waiting(host, trouble.text if host != hosts[0] else "")
            session = await self._try(host)
            if isinstance(session, RemoteSession):
                trouble.text = f"{host} has greeted us"
                return session
            outcome = session
            trouble.text = outcome.text
            if outcome.result is Result.PERMANENT:
                break
            if asyncio.get_running_loop().time() > until:
                break
        return outcome

    async def _try(self, host: Host) -> RemoteSession | Outcome:
        session = await self._greeted(host)
        if self.tls is None or isinstance(session, Outcome) or not session.offers_tls:
            return session
        try:
            outcome = await session.encrypt(self.tls)
        except OSError as error:
            _log.warning("TLS with %s failed (%s): once without", host.name, error)
            session.abort()
            return await self._greeted(host)
        if outcome is not None:
            session.abort()
            return outcome
        return session

    async def _greeted(self, host: Host) -> RemoteSession | Outcome:
        machine = SmtpClient()
        try:
            link = await self.dialer.dial(
                Link(machine), host.address, host.port, is_configured=host.is_configured
            )
        except OSError as error:
            return transient("4.4.1", f"{host}: {_words(host, error)}", host.name)
        session = RemoteSession(link, machine, host, self.me)
        outcome = await session.greet()
        if outcome is not None:
            session.abort()
            return outcome
        return session


def _waiting(host: Host, before: str) -> str:
    """Say whom we wait for, and what the host before it said."""
    return f"waiting for {host}" + (f"; before that: {before}" if before else "")


def _words(host: Host, error: OSError) -> str:
    """Say why there is no connection.

    Of a host that strangers name (an MX) nothing is told that would let them look
    about with our eyes: refused, unreachable and cut are the same (TRUST C5).
    """
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if host.is_configured and error.errno:
        return f"no connection ({os.strerror(error.errno)})"
    return "no connection"
