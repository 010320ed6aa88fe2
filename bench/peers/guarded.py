"""MailMax with everything on that decides about a client, a sender and a recipient.

A thousand domains and ten thousand users beside those that get the mail, ten thousand
IP filters, three block lists, reverse look-up, sender's domain
looked up, tarpit, limits of a session; nobody is trusted.
"""

import asyncio
import contextlib
import sqlite3
import subprocess
import sys

from bench.names import LISTS
from bench.peers.base import free_port
from bench.peers.mailmax import MailMax
from bench.programme import ROOT
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import ImportRow, ImportUsers

_SOURCES = [f"127.0.{net}.{host}" for net in range(10, 15) for host in range(1, 41)]
"""Client addresses: each is looked up and asked about by itself."""

_FILTERS = 10_000
_DOMAINS = 1_000
_USERS = 10_000
_SETTINGS = {
    "reverse_dns_needed": "on",
    "sender_domain_needed": "on",
    "tarpit_on": "on",
    "local_sender_needed": "on",
    "session_messages": "10000",
    "session_octets": "1G",
    "over_limit_notice": "percent",
    "dnsbl_zones": ",".join(LISTS),
    "dnsbl_on": "on",
}
_AT_ONCE = 50
_HASH = "$argon2id$v=19$m=19456,t=2,p=1$" + "c2FsdA" * 4 + "$" + "x" * 43


class Guarded(MailMax):
    """See the head of this file."""

    trust_loopback = False
    sources = _SOURCES

    def __init__(self) -> None:
        super().__init__()
        self._is_filled = False

    def setup(self, sink_port: int) -> None:
        port = free_port()
        self._names = subprocess.Popen(
            [sys.executable, "-m", "bench.names", str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self._names.stdout is not None
        self._names.stdout.readline()
        self.name_servers = [f"127.0.0.1:{port}"]
        super().setup(sink_port)
        self._insert_filters()

    def start(self) -> float:
        seconds = super().start()
        if not self._is_filled:
            self._is_filled = True
            asyncio.run(self._fill())
            for key, value in _SETTINGS.items():
                self.administer("config", "set", key, value)
        return seconds

    def remove(self) -> None:
        self._names.terminate()
        self._names.wait()
        super().remove()

    def _insert_filters(self) -> None:
        """Write what no administrator would type, before the hub reads it."""
        file = self.directory / "node" / "data" / "mailmax.db"
        rows = [
            (number + 1, f"{128 + number % 64}.{number // 64}.*.1-7")
            for number in range(_FILTERS)
        ]
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.executemany(
                "INSERT INTO access_rules (position, pattern, kind, flags, comment)"
                " VALUES (?, ?, 'banned', 0, '')",
                rows,
            )

    async def _fill(self) -> None:
        """Add domains and users whom nobody writes to."""
        async with self.administering() as hub:
            for begin in range(0, _DOMAINS, _AT_ONCE):
                names = [f"d{n}.example" for n in range(begin, begin + _AT_ONCE)]
                await asyncio.gather(*(hub.ask(AddDomain(name)) for name in names))
            for begin in range(0, _USERS, 2000):
                users = [
                    ImportRow(f"u{n}@d{n % _DOMAINS}.example", Secret(_HASH))
                    for n in range(begin, begin + 2000)
                ]
                await hub.ask(ImportUsers(tuple(users)))
