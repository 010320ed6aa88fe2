"""IMAPMax: the service.

Theory:
    Clear listeners (with STARTTLS where there is a certificate) and TLS listeners
    make sessions in one `Room`. A notice of the hub that a user's credentials changed
    ends the sessions that were let in under older ones (TRUST G9).

Limits:
    10,000 clients a kind of listener: mail programs idle all day, and a session that
    idles weighs little (DESIGN 1). Descriptors are the next limit.

See Also:
    `session` (one client), `dispatch` (the table of commands), `opened` (mailboxes
    shared by sessions).
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence

from mailmax.hub.contract import CredentialChanged
from mailmax.imapmax.dispatch import HANDLERS
from mailmax.imapmax.hub_needs import Hub
from mailmax.imapmax.room import Room
from mailmax.imapmax.session import ImapSession
from mailmax.imapmax.settings import ImapSettings
from mailmax.net.conversation import Session
from mailmax.net.listener import Admission, Listener
from mailmax.store.mailboxes.port import Store

_REFUSAL = b"* BYE [LIMIT] Too many connections\r\n"
_MOST_CLIENTS = 10_000


class ImapService:
    """Serves IMAP on bound sockets."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        settings: ImapSettings,
        *,
        sockets: Sequence[socket.socket] = (),
        tls_sockets: Sequence[socket.socket] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Wire it.

        Args:
            hub: The hub's client.
            store: The mailboxes of this node.
            settings: Names, limits, trusted addresses, STARTTLS.
            sockets: Bound, spoken to in the clear at first.
            tls_sockets: Bound, TLS from the first octet.
            tls: For those; may be the same as for STARTTLS.
        """
        self.room = Room(hub, store, settings, HANDLERS)
        admission = Admission(
            _MOST_CLIENTS, is_trusted=settings.is_exempt, refusal=_REFUSAL
        )
        self._listeners: list[Listener] = []
        for bound, context in ((sockets, None), (tls_sockets, tls)):
            if bound:
                self._listeners.append(
                    Listener(
                        bound,
                        self._make_session,
                        idle_s=settings.idle_before_login_s,
                        tls=context,
                        admission=admission,
                    )
                )
        hub.on_notice(CredentialChanged, self._end_older)
        hub.watch_logins(self.room.logins)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return sum(listener.connections for listener in self._listeners)

    async def start(self) -> None:
        """Accept from now on."""
        for listener in self._listeners:
            await listener.start()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Say good-bye to everybody, then finish what is being written."""
        await asyncio.gather(*(listener.stop(grace_s) for listener in self._listeners))
        await asyncio.to_thread(self.room.threads.close)

    def _make_session(self) -> Session:
        return ImapSession(self.room)

    def _end_older(self, changed: CredentialChanged) -> None:
        for session in tuple(self.room.sessions.get(changed.user_id, ())):
            user = session.user
            if (
                user is not None
                and user.credential_version < changed.credential_version
            ):
                session.end("The credentials were changed, please log in again")
