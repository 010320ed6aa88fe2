"""Logging in to a smart host, and insisting on TLS there (GEN-8, DOM-2).

Rules:
    A password goes over TLS, or to this computer itself. That a login is refused is a
    matter of the administrator's: mail waits, and nothing is returned for it.
    The smart host's words are told; what we said to it is in no word of ours.

Standards:
    RFC 4954 (AUTH), RFC 3207 (STARTTLS), RFC 5248 (4.7.8, 4.7.11 and so on).
"""

import logging
import ssl
from ipaddress import ip_address

from mailmax.net.link import Link
from mailmax.policy.outcome import Outcome, printable, transient
from mailmax.policy.routing import Login
from mailmax.queuemax.sent import Unanswered
from mailmax.queuemax.session import RemoteSession
from mailmax.wire.sasl.responding import Responder, choose_responder
from mailmax.wire.smtp.client import Verb
from mailmax.wire.smtp.remote import RemoteReply

_log = logging.getLogger("queuemax")


async def insist_on_tls(
    session: RemoteSession, proof: ssl.SSLContext | None
) -> Outcome | None:
    """Start TLS with a certificate that proves the name; or say why there is none."""
    name = session.host.name
    if proof is None or not session.offers_tls:
        return transient("4.7.4", "the smart host does not offer STARTTLS", name)
    try:
        outcome = await session.encrypt(proof)
    except OSError as error:
        return _no_proof(name, error)
    if outcome is None and not session.is_encrypted:
        return transient("4.7.4", "the smart host takes STARTTLS back", name)
    return outcome


async def begin_with_tls(
    link: Link, name: str, proof: ssl.SSLContext | None
) -> Outcome | None:
    """Encrypt a line before its first octet; or say why it cannot be."""
    if proof is None:
        link.abort()
        return transient("4.7.4", "TLS is not set up here", name)
    try:
        await link.start_tls(proof, name)
    except OSError as error:
        return _no_proof(name, error)
    return None


def _no_proof(name: str, error: OSError) -> Outcome:
    """Say that a host's certificate does not prove its name, or TLS failed."""
    why = (
        error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
    )
    words = printable(f"{why or error}".encode())
    _log.error("TLS with the smart host %s failed: %s", name, words)
    return transient("4.7.5", f"TLS with the smart host failed: {words}", name)


async def log_in(session: RemoteSession, login: Login) -> Outcome | None:
    """Log in; None when mail may be sent, else why not."""
    name = session.host.name
    if not (session.is_encrypted or _is_loopback(session.host.address)):
        return transient("4.7.11", "the smart host has no TLS for the login", name)
    offered = session.machine.offers.get("AUTH", "")
    responder = choose_responder(offered, login.name, login.password)
    if responder is None:
        return transient("4.7.4", "the smart host offers no login that we know", name)
    try:
        reply = await _exchange(session, responder)
    except Unanswered as lost:
        return session.lost(lost)
    if reply.code < 300:
        return None
    words = _without(b" ".join(reply.lines), (login.password, *responder.secrets))
    _log.error("the smart host %s refused the login: %d %s", name, reply.code, words)
    text = f"the smart host refused the login: {reply.code} {words}"
    return transient("4.7.8", text, name)


async def _exchange(session: RemoteSession, responder: Responder) -> RemoteReply:
    session.machine.auth(responder.begin())
    reply = await session.answer(Verb.AUTH)
    while reply.code == 334:
        session.machine.auth(responder.respond())
        reply = await session.answer(Verb.AUTH)
    return reply


def _without(octets: bytes, secrets: tuple[str, ...]) -> str:
    """Return a server's words, without what it says back to us."""
    for secret in secrets:
        if secret:
            octets = octets.replace(secret.encode(), b"...")
    return printable(octets)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:  # the path of a socket
        return True
