"""POPMax: the POP3 service of one node.

Theory:
    Two kinds of door: port 110 (STLS) and port 995 (TLS from the first octet). Both
    make the same sessions. A password that was changed, and whoever wants a maildrop
    free, ends sessions through here.

Rules:
    `stop` answers nothing half (TRUST D11) and waits for removals under way.

Standards:
    RFC 8314 §3.3 (implicit TLS for POP).
"""

import asyncio
import ssl
from pathlib import Path

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.maildrops import FreeMaildrop
from mailmax.hub.doors import Doors, Serving
from mailmax.hub.entrance import Entrance
from mailmax.popmax import replies
from mailmax.popmax.ports import Hub
from mailmax.popmax.room import Options, Room
from mailmax.popmax.session import PopSession
from mailmax.popmax.unlocking import Unlocking
from mailmax.store.mailboxes.port import Store


class PopService:
    """All POP3 sessions of a process."""

    def __init__(
        self,
        hub: Hub,
        store: Store,
        options: Options,
        doors: Doors,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; nothing is accepted before `start`.

        Args:
            hub: Who checks logins.
            store: The mailboxes of this node.
            options: How to behave.
            doors: Where clients come in.
            tls: For STLS and port 995; without, neither is served.
        """
        self.room = Room(hub, store, options, tls, doors.admission.counters)
        self._doors = doors
        self._serve("pop3", None)
        if tls is not None:
            self._serve("pop3s", tls)
        self._claims: Path = options.claims
        options.watching.on_change(self.room.members.values)
        hub.on_notice(CredentialChanged, self._on_credential_changed)
        hub.watch_logins(self.room.members.logins)
        hub.on_request(FreeMaildrop, Unlocking(options.claims, self.end_sessions).free)

    def _serve(self, service: str, tls: ssl.SSLContext | None) -> None:
        def make_session(entrance: Entrance) -> PopSession:
            return PopSession(self.room, entrance)

        idle_s = self.room.options.login_idle_s
        self._doors.serve(service, Serving(make_session, idle_s, tls, replies.TOO_MANY))

    @property
    def sessions(self) -> int:
        """How many clients are here."""
        return len(self.room.members)

    async def start(self) -> None:
        """Accept clients from now on."""
        self._claims.mkdir(parents=True, exist_ok=True)
        self._doors.start()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Accept no more; end every session; finish what QUIT promised."""
        await self._doors.stop(grace_s)
        if self.room.chores:
            await asyncio.wait(self.room.chores, timeout=grace_s)

    def end_sessions(self, user_id: int) -> int:
        """End a user's sessions, so that the maildrop is free; return how many."""
        members = self.room.members.of_user(user_id)
        for member in members:
            member.end(replies.FREED)
        return len(members)

    def _on_credential_changed(self, notice: CredentialChanged) -> None:
        for member in self.room.members.outdated(notice):
            member.end(replies.CHANGED)
