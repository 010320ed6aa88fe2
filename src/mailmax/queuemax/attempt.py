"""Opening a session: host after host, encrypted when possible.

Theory:
    Hosts are tried in their order until one greets us and takes our introduction. A
    server that offers STARTTLS and then fails at it is called again, once, without
    (opportunistic encryption, RFC 7435); that is logged.

Rules:
    What counts is the whole: a refusal of one host is not yet an answer for the
    domain. A loop back to us is. Mail that requires TLS goes to the first host that
    proves its name and offers REQUIRETLS; it is given back when none does.
    Whoever stops waiting leaves no connection behind.

Limits:
    Five minutes to find a host that talks; 20 hosts come from routing.
"""

import asyncio
import contextlib
import logging
import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailmax.net.dial import Dialer
from mailmax.net.link import Link
from mailmax.observe.counters import Counters
from mailmax.observe.trace import Trace
from mailmax.policy.asking import check_proof, no_proof
from mailmax.policy.outcome import Outcome, Result, printable, transient
from mailmax.policy.routing import Destination, Tls
from mailmax.queuemax.conversation import Conversation
from mailmax.queuemax.login import begin_with_tls, insist_on_tls, log_in
from mailmax.queuemax.peers import Host, Myself
from mailmax.queuemax.route import Router
from mailmax.queuemax.session import RemoteSession
from mailmax.store.queue.entry import Trouble
from mailmax.wire.smtp.client import SmtpClient
from mailmax.wire.smtp.lmtp_client import LmtpClient

OPEN_S: Final = 300.0

_log = logging.getLogger("queuemax")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session is opened for, and who is told how it goes."""

    trouble: Trouble
    """Is told what is waited for, and what each host said."""
    needs_proof: bool = False
    """It is for mail that requires TLS all the way (RFC 8689)."""
    on_connected: Callable[[], None] = lambda: None
    """Told when a host has taken the call."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens sessions to destinations."""

    router: Router
    dialer: Dialer
    me: Myself
    tls: ssl.SSLContext | None = None
    """For encryption without proof; None sends in the clear."""
    proof: ssl.SSLContext | None = None
    """For mail and hosts that require TLS; None sends none."""
    trace: Trace = field(default_factory=Trace)
    """Is told of connections, and of what is said."""
    counters: Counters = field(default_factory=Counters)

    async def open(
        self, destination: Destination, opening: Opening
    ) -> RemoteSession | Outcome:
        """Return a session ready to send, or why there is none.

        Args:
            destination: Where to.
            opening: What for, and who is told how it goes.
        """
        trouble = opening.trouble
        trouble.text = "its hosts are being looked up"
        hosts = await self.router.find_hosts(destination)
        if isinstance(hosts, Outcome):
            return hosts
        outcomes: list[Outcome] = []
        until = asyncio.get_running_loop().time() + OPEN_S
        for host in hosts:
            trouble.text = _waiting(host, trouble.text if outcomes else "")
            session = await self._ready(host, opening)
            if isinstance(session, RemoteSession):
                trouble.text = f"{host} has greeted us"
                return session
            outcomes.append(session)
            trouble.text = session.text
            if session.result is Result.PERMANENT and not opening.needs_proof:
                break
            if asyncio.get_running_loop().time() > until:
                break
        return _sum_up(outcomes) if opening.needs_proof else outcomes[-1]

    async def _ready(self, host: Host, opening: Opening) -> RemoteSession | Outcome:
        """Return a session in which mail may be sent: logged in, where we must."""
        session = await self._try(host, opening)
        if isinstance(session, Outcome) or host.login is None:
            return session
        with _closed_when_cut_off(session.link):
            outcome = await log_in(session, host.login)
        if outcome is not None:
            session.abort()
            return outcome
        return session

    async def _try(self, host: Host, opening: Opening) -> RemoteSession | Outcome:
        session = await self._greeted(host, opening)
        if isinstance(session, Outcome):
            return session
        with _closed_when_cut_off(session.link):
            return await self._encrypt(session, host, opening)

    async def _encrypt(
        self, session: RemoteSession, host: Host, opening: Opening
    ) -> RemoteSession | Outcome:
        """Encrypt as is asked for, or as far as it is offered."""
        if opening.needs_proof:
            return await self._prove(session)
        if host.tls is Tls.REQUIRED:
            outcome = await insist_on_tls(session, self.proof)
            if outcome is not None:
                session.abort()
            return outcome or session
        if self.tls is None or not session.offers_tls or host.is_socket:
            return session
        try:
            outcome = await session.encrypt(self.tls)
        except OSError as error:
            _log.warning("TLS with %s failed (%s): once without", host.name, error)
            session.abort()
            return await self._greeted(host, opening)
        if outcome is not None:
            session.abort()
            return outcome
        return session

    async def _prove(self, session: RemoteSession) -> RemoteSession | Outcome:
        """Have the server prove its name, and promise to require the same."""
        host = session.host.name
        try:
            outcome = (
                await session.encrypt(self.proof)
                if self.proof is not None and session.offers_tls
                else None
            )
        except ssl.SSLError as error:
            outcome = no_proof(f"TLS failed ({printable(str(error).encode())})", host)
        except OSError:
            outcome = transient("4.4.2", "connection lost at STARTTLS", host)
        if outcome is None:
            offers, is_proved = session.machine.offers, session.is_encrypted
            outcome = check_proof(offers, host, is_proved=is_proved)
        if outcome is not None:
            session.abort()
            return outcome
        return session

    async def _greeted(self, host: Host, opening: Opening) -> RemoteSession | Outcome:
        machine = LmtpClient() if host.is_lmtp else SmtpClient()
        where = (host.address, host.port)
        conversation = Conversation(self.trace, host)
        try:
            async with asyncio.timeout(self.me.limits.connect_s):
                link = await self.dialer.dial(
                    Link(machine), *where, is_configured=host.is_configured
                )
        except OSError as error:
            words = _words(host, error)
            conversation.failed(words)
            return transient("4.4.1", f"{host}: {words}", host.name)
        conversation.opened()
        self.counters.connections += 1
        machine.watcher = conversation
        opening.on_connected()
        with _closed_when_cut_off(link):
            if host.tls is Tls.IMPLICIT:
                outcome = await begin_with_tls(link, host.name, self.proof)
                if outcome is not None:
                    return outcome
            session = RemoteSession(link, machine, host, self.me)
            outcome = await session.greet()
        if outcome is not None:
            session.abort()
            return outcome
        return session


@contextlib.contextmanager
def _closed_when_cut_off(link: Link) -> Iterator[None]:
    """Close a connection whose opening is broken off."""
    try:
        yield
    except BaseException:
        link.abort()
        raise


def _sum_up(outcomes: Sequence[Outcome]) -> Outcome:
    """Return what it means that no host would do: one may later, or none ever will."""
    for outcome in outcomes:
        if outcome.result is Result.TRANSIENT:
            return outcome
    return outcomes[-1]


def _waiting(host: Host, before: str) -> str:
    """Say whom we wait for, and what the host before it said."""
    return f"waiting for {host}" + (f"; before that: {before}" if before else "")


def _words(host: Host, error: OSError) -> str:
    """Say why there is no connection.

    Of a host that strangers name (an MX) nothing is told that would let them look
    about with our eyes: refused, unreachable, silent and cut are the same (TRUST C5).
    """
    if not host.is_configured:
        return "no connection"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if error.errno:
        return f"no connection ({os.strerror(error.errno)})"
    return "no connection"
