"""SMTPMax: SMTP, submission and LMTP of one node.

Theory:
    Four kinds of door, one kind of session. A message goes from the session's memory
    to the spool's commit thread and nowhere else; what becomes of it after 250 is the
    filer's business (DESIGN 3).

Rules:
    `stop` answers nothing half (TRUST D11); what was given to the spool is committed.

Standards:
    RFC 5321, RFC 6409 (587), RFC 8314 §3.3 (465), RFC 2033 (LMTP).
"""

import asyncio
import ssl

from mailmax.base.dns import Resolver
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.doors import Doors, Serving
from mailmax.hub.entrance import Entrance
from mailmax.net.children.runner import Programs
from mailmax.smtpmax import replies
from mailmax.smtpmax.inquiries import Inquiries
from mailmax.smtpmax.ports import Hub, UsageSource
from mailmax.smtpmax.room import Options, Room
from mailmax.smtpmax.session import SmtpSession
from mailmax.smtpmax.transaction import system_limit
from mailmax.smtpmax.watch import Watch
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import SpoolWriter
from mailmax.wire.smtp.offers import Offers
from mailmax.wire.smtp.states import Mode


class SmtpService:
    """All SMTP sessions of a process."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        hub: Hub,
        spool: SpoolWriter,
        usage: UsageSource,
        options: Options,
        doors: Doors,
        *,
        resolver: Resolver,
        programs: Programs | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare, on the running loop; nothing is accepted before `start`.

        Args:
            hub: Tables and logins.
            spool: This process's end of the spool; closed by whoever opened it.
            usage: Where a user's usage is read: the mailboxes' store.
            options: How to behave.
            doors: Where clients come in.
            resolver: Who is asked about clients and senders.
            programs: Runs the external virus check; started by whoever made it.
            tls: For STARTTLS and port 465; without, neither is served.
        """
        commits = GroupCommit(spool)
        self.room = Room(
            hub,
            commits,
            usage,
            options,
            tls,
            Inquiries(hub.tables, resolver),
            doors.admission.counters,
            programs,
        )
        self._doors = doors
        self._serve("smtp", Mode.RELAY)
        self._serve("submission", Mode.SUBMISSION)
        self._serve("lmtp", Mode.LMTP)
        if tls is not None:
            self._serve("submissions", Mode.SUBMISSION, tls)
        self._watch = Watch(self.room)
        options.watching.on_change(self.room.members.values)
        hub.on_notice(CredentialChanged, self._on_credential_changed)
        hub.watch_logins(self.room.members.logins)

    def _serve(
        self, service: str, mode: Mode, tls: ssl.SSLContext | None = None
    ) -> None:
        idle_s = self.room.options.login_idle_s

        def make_session(entrance: Entrance) -> SmtpSession:
            return SmtpSession(self.room, self._offers(mode, entrance), entrance)

        serving = Serving(make_session, idle_s, tls, replies.TOO_MANY)
        self._doors.serve(service, serving)

    def _offers(self, mode: Mode, entrance: Entrance) -> Offers:
        return Offers(
            hostname=entrance.greeting,
            mode=mode,
            size_limit=system_limit(self.room),
            tls=self.room.tls is not None and mode is not Mode.LMTP,
            recipients=self.room.options.limits.recipients,
        )

    @property
    def sessions(self) -> int:
        """How many clients are here."""
        return len(self.room.members)

    def trouble(self) -> str:
        """Return what fails here, for people; empty: nothing."""
        return "; ".join(f"{one}: {why}" for one, why in self.room.troubles.items())

    @property
    def inquiries(self) -> Inquiries:
        """What is asked about clients, with the block lists."""
        return self.room.inquiries

    async def start(self) -> None:
        """Accept clients from now on."""
        self._doors.start()
        self._watch.start()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Accept no more; end every session; commit what was given to the spool."""
        self._watch.stop()
        await self._doors.stop(grace_s)
        self.room.inquiries.close()
        self.room.recipient_checks.close()
        await asyncio.to_thread(self.room.commits.close)

    def _on_credential_changed(self, notice: CredentialChanged) -> None:
        """End the sessions of a user under an older password (TRUST G9)."""
        for member in self.room.members.outdated(notice):
            member.end(replies.PASSWORD_CHANGED)
