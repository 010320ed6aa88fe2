"""IMAPMax: the service.

Theory:
    Clear doors (with STARTTLS where there is a certificate) and TLS doors make
    sessions in one `Room`. A notice of the hub that a user's credentials changed
    ends the sessions that were let in under older ones (TRUST G9).

Limits:
    10,000 clients (setting ``imap_connections``): mail programs idle all day, and a
    session that idles weighs little (DESIGN 1). Descriptors are the next limit.

See Also:
    `session` (one client), `dispatch` (the table of commands), `open_mailboxes` (those
    shared by sessions).
"""

import asyncio
import ssl

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.doors import Doors, Serving
from mailmax.hub.entrance import Entrance
from mailmax.hub.port import LoginHub
from mailmax.imapmax.dispatch import HANDLERS
from mailmax.imapmax.room import Room
from mailmax.imapmax.session import ImapSession
from mailmax.imapmax.settings import ImapSettings
from mailmax.store.mailboxes.port import Store

_REFUSAL = b"* BYE [LIMIT] Too many connections\r\n"


class ImapService:
    """Serves IMAP on bound sockets."""

    def __init__(
        self,
        hub: LoginHub,
        store: Store,
        settings: ImapSettings,
        doors: Doors,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Wire it.

        Args:
            hub: The hub's client.
            store: The mailboxes of this node.
            settings: Names, limits, trusted addresses, STARTTLS.
            doors: Where clients come in.
            tls: For port 993; without, it is not served.
        """
        counters = doors.admission.counters
        self.room = Room(hub, store, settings, HANDLERS, counters)
        self._doors = doors
        self._serve("imap", None)
        if tls is not None:
            self._serve("imaps", tls)
        settings.watching.on_change(lambda: self.room.present)
        hub.on_notice(CredentialChanged, self._end_older)
        hub.watch_logins(self.room.logins)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._doors.connections

    async def start(self) -> None:
        """Accept from now on."""
        self._doors.start()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Say good-bye to everybody, then finish what is being written."""
        await self._doors.stop(grace_s)
        await asyncio.to_thread(self.room.threads.close)

    def _serve(self, service: str, tls: ssl.SSLContext | None) -> None:
        idle_s = self.room.settings.idle_before_login_s
        serving = Serving(self._make_session, idle_s, tls, _REFUSAL)
        self._doors.serve(service, serving)

    def _make_session(self, entrance: Entrance) -> ImapSession:
        return ImapSession(self.room, entrance)

    def _end_older(self, changed: CredentialChanged) -> None:
        for session in tuple(self.room.sessions.get(changed.user_id, ())):
            user = session.user
            if (
                user is not None
                and user.credential_version < changed.credential_version
            ):
                session.end("The credentials were changed, please log in again")
