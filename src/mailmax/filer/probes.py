"""Test messages: handed out as mail that is made here, and looked for where they lie.

Theory:
    The hub writes one (`hub.contract.probes`). It goes to QueueMax, durably, for its
    recipient by the address; QueueMax gives it back to be filed (`base.homeward`), as
    it does what is released from quarantine. So it meets the user's forwards and rules.

    Mail from outside for a full box is refused in the session; this is, too.

    It is found by the time at which it came, its size, and then by every octet. While
    it is not there, forwards and rules are asked what becomes of such a message.

Rules:
    Nothing else of a mailbox is told than where those octets lie. Nothing is changed;
    mailboxes are made for nobody.

Limits:
    500 mailboxes of a user are looked into.
"""

import asyncio
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from secrets import token_bytes
from typing import Final, Protocol

from mailmax.base.envelope import Envelope, Origin, Recipient
from mailmax.base.ids import UserId
from mailmax.base.result import Accepted
from mailmax.filer.directory import Directory
from mailmax.filer.foreseeing import Foreseen, foresee
from mailmax.filer.quarantine_desk import HandingOver
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.probes import (
    MOST_PATIENCE_MS,
    PostProbe,
    Probe,
    ProbeSeen,
    ProbeState,
    ProbeTaken,
    SeekProbe,
)
from mailmax.hub.contract.rows import MOVING, UserRow
from mailmax.message import probe as written
from mailmax.policy.notification import NEVER
from mailmax.policy.quota import fits_box
from mailmax.store.mailboxes.port import Account, Mailbox, Store
from mailmax.store.spool.port import Entry

LOOK_S: Final = 0.02
SLOW_LOOK_S: Final = 0.1
SOON_S: Final = 1.0
"""As long it is looked for often: it is there in a moment, or there is a reason."""
MOST_MAILBOXES: Final = 500


class Hub(Protocol):
    """What is needed of `hub.client.HubClient`."""

    def on_request(self, kind: type, handler: Callable[..., object]) -> None:
        """Answer requests of that type."""


class ProbeDesk:
    """Of one filer."""

    def __init__(
        self,
        filer: HandingOver,
        directory: Directory,
        open_store: Callable[[], Store],
        hub: Hub,
    ) -> None:
        """Prepare.

        Args:
            filer: Gives mail to QueueMax.
            directory: The hub's tables; asked in threads alone.
            open_store: Opens the mailboxes, when the first message is looked for.
            hub: Asks.
        """
        self._filer = filer
        self._directory = directory
        self._open_store = open_store
        self._hub = hub
        self._store: Store | None = None
        self._turn = asyncio.Lock()  # the mailboxes are opened once

    async def start(self) -> None:
        """Answer."""
        self._hub.on_request(PostProbe, self._post)
        self._hub.on_request(SeekProbe, self._seek)

    async def stop(self) -> None:
        """Let the mailboxes go."""
        store, self._store = self._store, None
        if store is not None:
            await asyncio.to_thread(store.close)

    # Answers

    async def _post(self, request: PostProbe) -> ProbeTaken | Denied:
        store = await self._mailboxes()
        judged = await asyncio.to_thread(self._judge, request.probe, store)
        if isinstance(judged, Denied):
            return judged
        await self._filer.hand_out(_entry(request.probe, judged.address))
        return ProbeTaken()

    async def _seek(self, request: SeekProbe) -> ProbeSeen:
        probe = request.probe
        begun = time.monotonic()
        patience_s = min(max(0, request.patience_ms), MOST_PATIENCE_MS) / 1000
        foreseen = await asyncio.to_thread(self._foresee, probe)
        if foreseen is None:
            return ProbeSeen("removed")
        while True:
            waited_s = time.monotonic() - begun
            is_last = waited_s >= patience_s
            seen = await self._look(probe, foreseen, everywhere=is_last)
            if seen is not None:
                return seen
            if is_last or (not foreseen.mailboxes and waited_s >= SOON_S):
                return _not_there(foreseen)
            await asyncio.sleep(LOOK_S if waited_s < SOON_S else SLOW_LOOK_S)

    async def _look(
        self, probe: Probe, foreseen: Foreseen, *, everywhere: bool
    ) -> ProbeSeen | None:
        store = await self._mailboxes()
        async with self._turn:  # an open mailbox is shared
            return await asyncio.to_thread(
                self._find, probe, foreseen, store, everywhere=everywhere
            )

    async def _mailboxes(self) -> Store:
        async with self._turn:
            if self._store is None:
                self._store = await asyncio.to_thread(self._open_store)
            return self._store

    # In threads

    def _judge(self, probe: Probe, store: Store) -> UserRow | Denied:
        """Say whose it is, or why it is refused, as it would be in a session."""
        user = self._directory.user_by_id(probe.user_id)
        if user is None:
            return Denied("later", "", "the filer does not know this user yet")
        held = store.usage(UserId(user.user_id), user.home).octets
        fits = fits_box(user.box_limit_octets, held, len(probe.text))
        if isinstance(fits, Accepted):
            return user
        return Denied(
            "conflict",
            "address",
            "the mailbox is full",
            "raise the disk limit, or have mail deleted",
        )

    def _foresee(self, probe: Probe) -> Foreseen | None:
        user = self._directory.user_by_id(probe.user_id)
        if user is None:
            return None
        if user.flags & MOVING:
            return Foreseen(reason="moving")
        return foresee(user, probe, self._directory)

    def _find(
        self, probe: Probe, foreseen: Foreseen, store: Store, *, everywhere: bool
    ) -> ProbeSeen | None:
        user = self._directory.user_by_id(probe.user_id)
        if user is None or not store.usage(UserId(user.user_id), user.home).messages:
            return None
        with closing(store.account(UserId(user.user_id), user.home)) as account:
            there = [one.name for one in account.folders() if one.selectable]
            likely = [name for name in foreseen.mailboxes if name in there]
            names = [*likely, *there] if everywhere else likely
            for name in list(dict.fromkeys(names))[:MOST_MAILBOXES]:
                seen = _find_in(account, name, probe)
                if seen is not None:
                    return seen
        return None


def _not_there(foreseen: Foreseen) -> ProbeSeen:
    state: ProbeState = "waiting" if foreseen.mailboxes else "diverted"
    return ProbeSeen(
        state,
        reason=foreseen.reason,
        addresses=foreseen.addresses,
        rules=foreseen.rules,
    )


def _entry(probe: Probe, address: str) -> Entry:
    """Return what QueueMax is given."""
    recipient = Recipient(address, notify=NEVER)
    envelope = Envelope(
        reverse_path="",
        recipients=(recipient,),
        received_at_ms=probe.at_ms,
        origin=Origin(token_bytes(16), 1),
        return_path_octets=len(written.RETURN_PATH),
        smtputf8=not address.isascii(),
    )
    return Entry(envelope, chunks=(probe.text,))


def _find_in(account: Account, name: str, probe: Probe) -> ProbeSeen | None:
    try:
        if not account.is_ready(name):
            account.prepare(name)
        with closing(account.open(name, read_only=True)) as mailbox:
            mailbox.refresh()
            position = _position_of(mailbox, probe)
            if position is None:
                return None
            octets = mailbox.read(position, 0, len(probe.text))
            return ProbeSeen("delivered", name, mailbox.uids[position], octets=octets)
    except FileNotFoundError:  # it was deleted meanwhile
        return None


def _position_of(mailbox: Mailbox, probe: Probe) -> int | None:
    """Return where it is: by its time, its size, and then every octet."""
    size = len(probe.text)
    for position in _places(mailbox.dates, probe.at_ms):
        is_as_long = mailbox.sizes[position] == size
        if is_as_long and mailbox.read(position, 0, size) == probe.text:
            return position
    return None


def _places(dates: "array[int]", at_ms: int) -> Iterator[int]:
    begin = 0
    with suppress(ValueError):
        while True:
            position = dates.index(at_ms, begin)
            yield position
            begin = position + 1
