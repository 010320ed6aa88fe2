"""Answers about the computers and the accounts database (manual 3).

Rules:
    Of its own computer the hub tells itself, of another a service that runs there.
"""

import asyncio
import shlex
import time
from collections.abc import Callable, Iterable

import msgspec
from sqlalchemy import URL

from mailmax.datamax.desk import Answers
from mailmax.datamax.member import Member
from mailmax.datamax.relay_desk import RelayDesk
from mailmax.hub.contract.joining import ADMIN
from mailmax.hub.contract.local import (
    AskDatabase,
    AskLocal,
    DatabaseView,
    LocalView,
    RowCount,
)
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.local_look import LONGEST_S
from mailmax.store.accounts import schema, size_units
from mailmax.store.accounts.database import Database

_COPY = "/var/backups/mailmax"


class NodeDesk:
    """Answers administrators."""

    def __init__(
        self,
        database: Database,
        look: Callable[[], LocalView],
        members: Iterable[Member],
        relays: RelayDesk,
    ) -> None:
        """Take what it looks at.

        Args:
            database: The accounts.
            look: Looks at this computer; blocks.
            members: Who is here: each knows its computer.
            relays: Hands questions on to them.
        """
        self._database = database
        self._look_here = look
        self._members = members
        self._relays = relays

    def answers(self) -> Answers:
        """Return who answers what."""
        return {AskLocal: self._look, AskDatabase: self._measure}

    async def _look(self, asked: AskLocal) -> Message:
        own = await asyncio.to_thread(self._look_here)
        roles = self._roles()
        nodes = tuple(sorted({own.node, *roles}))
        if asked.node in ("", own.node):
            return msgspec.structs.replace(own, nodes=nodes)
        if asked.node not in roles:
            words = f"no service runs on {asked.node}"
            return Denied("not_found", "node", words, f"name one of {', '.join(nodes)}")
        role = roles[asked.node]
        answer = await self._relays.pass_on(
            role, role, asked, asked.node, takes_s=LONGEST_S
        )
        if not isinstance(answer, LocalView):
            return answer
        return msgspec.structs.replace(answer, nodes=nodes)

    def _roles(self) -> dict[str, str]:
        """Return a role that runs there, for each computer with services."""
        return {
            member.guest.hello.node: member.guest.hello.role
            for member in self._members
            if member.guest is not None
            and not member.is_another_system
            and member.role != ADMIN
        }

    async def _measure(self, _: AskDatabase) -> Message:
        begin = time.perf_counter()
        await self._database.read(size_units.look)
        latency_s = time.perf_counter() - begin
        size = await self._database.read(size_units.measure)
        url = self._database.url
        is_sqlite = url.get_backend_name() == "sqlite"
        return DatabaseView(
            "sqlite" if is_sqlite else "postgresql",
            size.version,
            url.database or "" if is_sqlite else self._database.place,
            size.octets,
            size.migration,
            schema.HEAD,
            latency_s,
            tuple(RowCount(kind, rows) for kind, rows in size.counts.items()),
            _backup(url),
        )


def _backup(url: URL) -> str:
    """Return a command that copies the database while it is used."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite3 {shlex.quote(url.database or '')} \".backup '{_COPY}.db'\""
    place = url.set(drivername="postgresql", password=None)
    place = place.difference_update_query(("password", "sslpassword"))
    shown = place.render_as_string(hide_password=False)
    return shlex.join(("pg_dump", "--format=custom", f"--file={_COPY}.dump", shown))
