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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as _replace
from socket import socket

from mailmax.hub.contract import CredentialChanged
from mailmax.net.listener import Admission, Listener
from mailmax.smtpmax import replies
from mailmax.smtpmax.ports import Hub, UsageSource
from mailmax.smtpmax.room import Options, Room
from mailmax.smtpmax.session import SmtpSession
from mailmax.smtpmax.transaction import system_limit
from mailmax.smtpmax.watch import Watch
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.port import SpoolWriter
from mailmax.wire.smtp.offers import Offers
from mailmax.wire.smtp.states import Mode


@dataclass(frozen=True, slots=True)
class Doors:
    """Where clients come in: bound sockets."""

    smtp: Sequence[socket] = ()
    submission: Sequence[socket] = ()
    submissions: Sequence[socket] = ()
    """TLS from the first octet (465)."""
    lmtp: Sequence[socket] = ()


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
        tls: ssl.SSLContext | None = None,
        admission: Admission | None = None,
    ) -> None:
        """Prepare, on the running loop; nothing is accepted before `start`.

        Args:
            hub: Tables and logins.
            spool: This process's end of the spool; closed by whoever opened it.
            usage: Where a user's usage is read: the mailboxes' store.
            options: How to behave.
            doors: Sockets; `submissions` needs `tls`.
            tls: For STARTTLS and port 465; without, neither is served.
            admission: How many clients are let in.
        """
        commits = GroupCommit(spool)
        self.room = Room(hub, commits, usage, options, tls)
        self._admission = _replace(admission or Admission(), refusal=replies.TOO_MANY)
        self._listeners = list(self._listen_all(doors, tls))
        self._watch = Watch(self.room)
        hub.on_notice(CredentialChanged, self._on_credential_changed)
        hub.watch_logins(self.room.logins)

    def _listen_all(
        self, doors: Doors, tls: ssl.SSLContext | None
    ) -> Iterator[Listener]:
        yield self._listen(doors.smtp, Mode.RELAY, None)
        yield self._listen(doors.submission, Mode.SUBMISSION, None)
        yield self._listen(doors.lmtp, Mode.LMTP, None)
        if tls is not None:
            yield self._listen(doors.submissions, Mode.SUBMISSION, tls)

    def _listen(
        self, sockets: Sequence[socket], mode: Mode, tls: ssl.SSLContext | None
    ) -> Listener:
        options = self.room.options
        idle_s = (
            options.login_idle_s if mode is Mode.SUBMISSION else options.command_idle_s
        )
        return Listener(
            sockets,
            lambda: SmtpSession(self.room, self._offers(mode)),
            idle_s=idle_s,
            tls=tls,
            admission=self._admission,
        )

    def _offers(self, mode: Mode) -> Offers:
        options = self.room.options
        return Offers(
            hostname=options.hostname(),
            mode=mode,
            size_limit=system_limit(self.room),
            tls=self.room.tls is not None and mode is not Mode.LMTP,
            recipients=options.limits.recipients,
        )

    @property
    def sessions(self) -> int:
        """How many clients are here."""
        return len(self.room.members)

    async def start(self) -> None:
        """Accept clients from now on."""
        for listener in self._listeners:
            await listener.start()
        self._watch.start()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Accept no more; end every session; commit what was given to the spool."""
        self._watch.stop()
        await asyncio.gather(*(one.stop(grace_s) for one in self._listeners))
        await asyncio.to_thread(self.room.commits.close)

    def _on_credential_changed(self, notice: CredentialChanged) -> None:
        """End the sessions of a user under an older password (TRUST G9)."""
        for member in tuple(self.room.members.values()):
            if (
                member.user_id == notice.user_id
                and member.credential_version < notice.credential_version
            ):
                member.end(replies.PASSWORD_CHANGED)
