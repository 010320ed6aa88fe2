"""What QueueMax is given: how to behave, where mail lies, the world around it.

Manual: §4.4.
"""

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailmax.base.dns import Resolver
from mailmax.base.ports import Clock, Random
from mailmax.net.dial import Dialer
from mailmax.observe.counters import Counters
from mailmax.observe.trace import Trace
from mailmax.policy.retry import RetryLimits
from mailmax.policy.routing import SMTP_PORT
from mailmax.queuemax.peers import TimeLimits
from mailmax.queuemax.pool import PoolLimits
from mailmax.queuemax.programs import NoPrograms, Runs
from mailmax.store.queue.store import QueueStore
from mailmax.store.spool.port import SpoolReader, SpoolWriter


@dataclass(frozen=True, slots=True)
class Options:
    """How to behave (Manual §4.4)."""

    hostname: str
    """Who we say that we are where the settings do not say."""
    retry: RetryLimits | None = None
    """None: as the settings say, whenever they change."""
    pool: PoolLimits | None = None
    """None: as the settings say, whenever they change."""
    times: TimeLimits | None = None
    """None: as the settings say, whenever they change."""
    tls: ssl.SSLContext | None = None
    """For opportunistic encryption; None sends in the clear."""
    proof: ssl.SSLContext | None = None
    """For mail and hosts that require TLS; None sends none."""
    dialer: Dialer = field(default_factory=Dialer)
    own_addresses: Callable[[], frozenset[str]] = frozenset
    """Tells where we take mail ourselves just now: never sent to."""
    own_names: Callable[[], frozenset[str]] = frozenset
    """Tells what else we greet with just now, in lower case."""
    mx_port: int = SMTP_PORT
    programs: Runs = field(default_factory=NoPrograms)
    """Runs the programs of rules."""
    on_bug: Callable[[], None] = lambda: None
    """Called when no mail is taken over any more: the process must not go on as if."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where mail lies."""

    queue: QueueStore
    reader: SpoolReader
    """Of the filer's journals, from `queue.position` on."""
    writer: SpoolWriter
    """QueueMax's own journal, for reports."""
    dead: QueueStore | None = None
    """The dead-mail folder; None where it cannot be used."""


@dataclass(frozen=True, slots=True)
class World:
    """Clock, chance and names."""

    clock: Clock
    random: Random
    resolver: Resolver
    on_name_servers: Callable[[Sequence[str]], None] = field(default=lambda _: None)
    """Told the name servers of the settings, whenever the settings change."""
    on_dns_timeout: Callable[[float], None] = field(default=lambda _: None)
    """Told how long to wait for each of their answers."""
    trace: Trace = field(default_factory=Trace)
    """Told what happens."""
    counters: Counters = field(default_factory=Counters)
    """Of this process."""
