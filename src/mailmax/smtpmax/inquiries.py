"""What the DNS says of clients and of senders' domains, asked in the background.

Theory:
    A client's name and the block lists are asked for as soon as it is connected, all
    at once, and judged at its first RCPT: who has logged in by then waits for
    nothing (DECISIONS 30). What was found is remembered for a while, so the next
    connection from there costs a look into a table. A sender's domain is asked for
    at MAIL.

Rules:
    Nobody waits longer than the DNS time-out of the settings. Block lists that are
    silent let pass; where a name must be known, silence is 451, never a refusal.

Limits:
    20,000 clients and 20,000 domains, for a minute; failures for five seconds.

Manual: 4.2, 4.3; DECISIONS 30; TRUST M8.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mailmax.base.dns import Resolver
from mailmax.base.errors import TemporaryFailure
from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.hub.contract.block_lists import BlockListState, BlockListVerdict
from mailmax.net.dns.cache import FAILURE_S, TtlCache
from mailmax.net.resolver import DNS_PORT, DnsResolver
from mailmax.policy.access import Access
from mailmax.settings.host_port import split_host_port
from mailmax.smtpmax.block_lists import BlockList
from mailmax.smtpmax.ports import Tables

KEEP_S = 60.0
LONGEST_TRIAL_S = 8.0
"""Less than the hub waits for who is asked (`datamax.relay`)."""
_K = TypeVar("_K", bound=Hashable)
_YES = Accepted()
_NAMELESS = Refusal(Reason.CLIENT_NAMELESS)
_NAME_UNSURE = Deferral(Reason.CLIENT_NAME_UNSURE)
_NO_DOMAIN = Refusal(Reason.SENDER_DOMAIN_UNKNOWN)
_NO_MAIL = Refusal(Reason.SENDER_DOMAIN_NO_MAIL)
_DOMAIN_UNSURE = Deferral(Reason.SENDER_DOMAIN_UNSURE)

Inquiry = Decision | asyncio.Task[Decision]
"""What was found, or what is still being asked."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is asked about a client; part of what is remembered under."""

    peer: str
    name: bool
    lists: tuple[str, ...]


class Inquiries:
    """All that one SMTPMax asks."""

    def __init__(self, tables: Tables, resolver: Resolver) -> None:
        """Ask nothing yet.

        Args:
            tables: Settings.
            resolver: By the system's name servers.
        """
        self._tables = tables
        self._resolver = resolver
        self._clients: TtlCache[_Wanted, Decision] = TtlCache()
        self._domains: TtlCache[str, Decision] = TtlCache()
        self._asking: dict[_Wanted, asyncio.Task[Decision]] = {}
        self._lists: dict[str, BlockList] = {}
        """By entry of the setting."""
        self._own: dict[str, DnsResolver] = {}
        """Of entries that name a server."""
        self.on_change: Callable[[], None] = _nothing
        """Called when a block list comes into use or goes out of it."""

    def close(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()
        for one in self._lists.values():
            one.close()
        for own in self._own.values():
            own.close()

    def block_lists(self) -> tuple[BlockListState, ...]:
        """Return how the lists of the settings are."""
        setting = self._tables.setting
        entries: list[str] = setting("dnsbl_zones") if setting("dnsbl_on") else []
        return tuple(
            self._lists[entry].state if entry in self._lists else BlockListState(entry)
            for entry in entries
        )

    async def try_lists(self, address: str) -> tuple[BlockListVerdict, ...]:
        """Ask all lists of the settings about an address, whether they are on or not.

        Args:
            address: IP address.
        """
        entries: list[str] = self._tables.setting("dnsbl_zones")
        self._follow(entries)
        patience_s = min(self._patience_s, LONGEST_TRIAL_S)
        lists = [self._lists[entry] for entry in entries]
        return tuple(
            await asyncio.gather(*(one.try_out(address, patience_s) for one in lists))
        )

    @property
    def _patience_s(self) -> float:
        return float(self._tables.setting("smtp_dns_timeout_s"))

    # Clients

    def begin(self, peer: str, access: Access) -> Inquiry:
        """Ask about a client that has come, unless nothing is to be asked."""
        setting = self._tables.setting
        name = bool(setting("reverse_dns_needed"))
        lists: tuple[str, ...] = ()
        if setting("dnsbl_on") and not access.skips_relay_check:
            lists = tuple(setting("dnsbl_zones"))
        if not (name or lists) or access.is_spared:
            return _YES
        wanted = _Wanted(peer, name, lists)
        loop = asyncio.get_running_loop()
        known = self._clients.find(wanted, loop.time())
        if known is not None:
            return known
        task = self._asking.get(wanted)
        if task is None:
            task = loop.create_task(self._ask_client(wanted))
            self._asking[wanted] = task
            task.add_done_callback(lambda _: self._asking.pop(wanted, None))
        return task

    async def _ask_client(self, wanted: _Wanted) -> Decision:
        questions = []
        if wanted.name:
            questions.append(self._ask_name(wanted.peer))
        if wanted.lists:
            questions.append(self._ask_lists(wanted))
        answers = await asyncio.gather(*questions)
        no = [one for one in answers if not isinstance(one, Accepted)]
        # A refusal is worth more than a doubt.
        no.sort(key=lambda one: isinstance(one, Deferral))
        found = no[0] if no else _YES
        _keep(self._clients, wanted, found)
        return found

    async def _ask_name(self, peer: str) -> Decision:
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await self._resolver.ptr(peer)
        except (TimeoutError, TemporaryFailure):
            return _NAME_UNSURE
        return _YES if answer.records else _NAMELESS

    async def _ask_lists(self, wanted: _Wanted) -> Decision:
        self._follow(wanted.lists)
        patience_s = self._patience_s
        reasons = await asyncio.gather(
            *(
                self._lists[entry].reason_against(wanted.peer, patience_s)
                for entry in wanted.lists
            )
        )
        first = next((words for words in reasons if words is not None), None)
        return _YES if first is None else Refusal(Reason.CLIENT_LISTED, first)

    def _follow(self, entries: Sequence[str]) -> None:
        """Keep the lists of the settings; one that is new begins anew."""
        if list(self._lists) == list(entries):
            return
        # Tests under way end by themselves: clients may wait for them.
        for entry in self._own.keys() - set(entries):
            self._own.pop(entry).close()
        known = self._lists
        self._lists = {
            entry: known.get(entry) or self._make(entry) for entry in entries
        }

    def _make(self, entry: str) -> BlockList:
        _, at, server = entry.partition("@")
        resolver = self._resolver
        if at:
            own = DnsResolver([split_host_port(server) or (server, DNS_PORT)])
            self._own[entry] = resolver = own
        return BlockList(entry, resolver, self._changed)

    def _changed(self) -> None:
        self.on_change()

    # Domains of senders

    def domain(self, name: str) -> Decision | None:
        """Return what is known of a sender's domain; None: it must be asked."""
        return self._domains.find(name, asyncio.get_running_loop().time())

    async def ask_domain(self, name: str) -> Decision:
        """Find out whether mail could be sent to a sender's domain."""
        try:
            async with asyncio.timeout(self._patience_s):
                found = await self._exists(name)
        except (TimeoutError, TemporaryFailure):
            found = _DOMAIN_UNSURE
        _keep(self._domains, name, found)
        return found

    async def _exists(self, name: str) -> Decision:
        exchangers = await self._resolver.mx(name)
        if [one.host for one in exchangers.records] == [""]:
            return _NO_MAIL  # RFC 7505
        if exchangers.records:
            return _YES
        if not exchangers.exists:
            return _NO_DOMAIN
        for ask in (self._resolver.a, self._resolver.aaaa):
            if (await ask(name)).records:
                return _YES
        return _NO_DOMAIN


def _nothing() -> None:
    """Nobody wants to know."""


def _keep(cache: TtlCache[_K, Decision], key: _K, found: Decision) -> None:
    keep_s = FAILURE_S if isinstance(found, Deferral) else KEEP_S
    cache.keep(key, found, asyncio.get_running_loop().time() + keep_s)
