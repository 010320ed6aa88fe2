"""The mailboxes of one user: what every store of mail promises.

Theory:
    `Store.account` gives an `Account` (folders, usage, delivery), `Account.open`
    gives a `Mailbox`: one object for each open mailbox and process, shared by all its
    sessions, holding columns (not objects) of what is in it. A session keeps only its
    own view beside it (`imapmax.view`).

    Reading never blocks for long and may be done on the event loop. Changing takes
    the user's lock, appends to logs and returns a `Change` at once; what was changed
    is seen by `refresh` and is *durable* after `sync`. `sync` blocks and groups:
    call it from a thread before a tagged OK or a +OK (TRUST D7, D8).

Rules:
    UIDs ascend and are never given twice; mod-sequences ascend.
    Positions (indexes into the columns) are stable until the next `refresh` of that
    `Mailbox`; `refresh` is the only thing that changes columns, and its `Notes` say
    how. Every change, also one's own, arrives through `refresh`.
    Body and place never leave the port; `read` gives octets.

Standards:
    RFC 3501 §2.3 (attributes), RFC 7162 (mod-sequences), RFC 6154 (special use).
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from mailmax.base.ids import UserId
from mailmax.store.mailboxes.delivery import Deed, Delivery, Outcome
from mailmax.store.mailboxes.values import (
    Change,
    Folder,
    NewMessage,
    Notes,
    Status,
    Usage,
)
from mailmax.store.search.candidates import Candidates, Run


class Distrusted(Exception):
    """What was filed may be lost at a power cut although it can be read (TRUST D2).

    A sync of the mailboxes failed. No `Failure`: nobody may try once more and go on.
    Only a process that begins anew and recovers may.
    """


class Locked(Exception):
    """Another process holds this user's lock just now; try again off the loop."""


class Mailbox(Protocol):
    """An open mailbox: columns in UID order, one entry a message."""

    folder: Folder
    uids: "array[int]"
    """'I'."""
    sizes: "array[int]"
    """'I', octets."""
    flags: bytearray
    """`Flag` bits."""
    modseqs: "array[int]"
    """'Q'."""
    dates: "array[int]"
    """'q', INTERNALDATE as Unix milliseconds."""
    keywords: dict[str, set[int]]
    """Keyword to the UIDs that have it."""
    uid_next: int
    highest_modseq: int
    recent_from: int
    r"""UIDs from here on are \Recent; to be read once, right after `Account.open`."""

    def refresh(self) -> Notes | None:
        """Read what was changed since; None when nothing was.

        The object is shared: who refreshes hands the notes to the views of all
        sessions of this process that have it open.
        """

    def vanished(self, since: int) -> Sequence[int] | None:
        """Return the UIDs removed after a mod-sequence (RFC 7162 §3.2.5.1).

        Returns:
            UIDs ascending; None when the history kept does not reach back that far
            (say VANISHED for all UIDs asked about that are not there).
        """

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back (on the loop that watches) when there is something to refresh.

        Returns:
            A function that ends the watch.
        """

    def read(self, position: int, offset: int = 0, length: int = -1) -> bytes:
        """Return octets of one message's body (at most 256 KiB a call is kind).

        Raises:
            TemporaryFailure: It could not be read.
            PermanentFailure: It is damaged (its CRC does not fit; TRUST D9).
        """

    def runs(self, positions: Sequence[int]) -> list[Run]:
        """Return the bodies of many messages at once, to be searched.

        What cannot be read, or is damaged, is left out. All of it is in memory at
        once: ask for as many messages as come to a few MiB.
        """

    def fragments(self, positions: Sequence[int]) -> list[bytes]:
        """Return the pre-rendered fragments of many messages at once."""

    def candidates(self, needle: str) -> Candidates | None:
        """Ask the index which messages may hold a text (lower case); blocks.

        Returns:
            None when there is no index, or when it cannot say.
        """

    def index(self) -> bool:
        """Index some messages more, for `candidates`; blocks.

        Returns:
            True when it may go on; False when all is indexed, or cannot be just now.
        """

    def store(
        self,
        uids: Sequence[int],
        mode: str,
        flags: int,
        keywords: Sequence[str] = (),
        unchanged_since: int | None = None,
    ) -> Change:
        """Change flags; `mode` is "+", "-" or "=" (RFC 3501 §6.4.6).

        Raises:
            Locked: Try again.
        """

    def expunge(self, uids: Sequence[int] | None = None) -> Change:
        r"""Remove messages with \Deleted, all or only those of `uids`.

        Raises:
            Locked: Try again.
        """

    def remove(self, uids: Sequence[int]) -> Change:
        r"""Remove messages whatever their flags (POP3 QUIT): one log record.

        Raises:
            Locked: Try again.
        """

    def copy(self, uids: Sequence[int], target: "Mailbox") -> Change:
        """Copy inside the account; `uids` of the answer are the new ones, in order.

        Raises:
            Locked: Try again.
        """

    def move(self, uids: Sequence[int], target: "Mailbox") -> Change:
        """Copy, sync the target, then remove here (RFC 6851, TRUST D7); blocks.

        What the answer says holds after `sync` of this mailbox. What failed leaves
        nothing in the target, unless the removal here may stand all the same.

        Raises:
            Locked: Try again.
        """

    def take_back(self, change: Change) -> None:
        """Remove what a copy added and no sync made durable, if the disk lets us."""

    def append(self, messages: Sequence[NewMessage]) -> Change:
        """Add messages, durably; blocks. What failed is not there.

        Raises:
            Locked: Try again.
            StorageFull: The disk is full.
        """

    def sync(self) -> None:
        """Make every change so far durable; blocks; groups what piled up.

        Raises:
            TemporaryFailure: It could not be synced: say NO.
        """

    def close(self) -> None:
        """One session less; the last one lets the columns go."""


class Account(Protocol):
    """One user's mail."""

    user_id: UserId

    def folders(self) -> list[Folder]:
        """Return all mailboxes, sorted by name, INBOX first."""

    def find(self, name: str) -> Folder | None:
        """Return the mailbox of that name (INBOX in any case)."""

    def create(self, name: str, special_use: str = "") -> Folder:
        """Create a mailbox and its missing parents; durable on return.

        Raises:
            FileExistsError: There is one.
            Locked: Try again.
        """

    def delete(self, name: str) -> None:
        """Delete a mailbox; one with children becomes unselectable; durable.

        Raises:
            FileNotFoundError: There is none.
            Locked: Try again.
        """

    def rename(self, old: str, new: str) -> None:
        """Rename a mailbox with all below it (RFC 3501 §6.3.5); durable.

        Raises:
            FileNotFoundError: There is no `old`.
            FileExistsError: There is a `new`.
            Locked: Try again.
        """

    def subscribe(self, name: str, subscribed: bool) -> None:  # noqa: FBT001
        """Subscribe or unsubscribe; the name need not exist (RFC 3501 §6.3.6)."""

    def subscriptions(self) -> list[str]:
        """Return subscribed names, existing or not."""

    def is_ready(self, name: str) -> bool:
        """Tell whether `open` and `status` answer at once; also where there is none.

        Else `prepare` comes first: they would do it themselves and block.
        """

    def prepare(self, name: str) -> None:
        """Look through a mailbox after a power cut; blocks, perhaps for seconds.

        Raises:
            FileNotFoundError: There is none.
            TemporaryFailure: It cannot be read.
        """

    def open(self, name: str, *, read_only: bool = False) -> Mailbox:
        """Open a mailbox, shared with other sessions of this process.

        Raises:
            FileNotFoundError: There is none.
        """

    def status(self, name: str) -> Status:
        """Answer STATUS.

        Raises:
            FileNotFoundError: There is none.
        """

    def usage(self) -> Usage:
        """Return what the user's mail comes to."""

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when the list of mailboxes changes."""

    def close(self) -> None:
        """One session less."""


class Store(Protocol):
    """All mailboxes of a node."""

    def account(self, user_id: UserId, home: str) -> Account:
        """Open a user's mail; created with default mailboxes when new."""

    def deliver(self, batch: Sequence[Delivery]) -> list[Outcome]:
        """File a batch, lazily: durable only after the next `checkpoint`.

        Called by the filer alone. A locked user's mail is put aside
        (`Outcome.locked`), the rest goes on.
        """

    def append(
        self, batch: Sequence[tuple[Mailbox, Sequence[NewMessage]]]
    ) -> list[Change | Exception]:
        """Add to many mailboxes, durably, with few syncs for all; blocks.

        Returns:
            For each its change, or what `Mailbox.append` or `Mailbox.sync` would have
            raised; after `Locked` nothing was added.
        """

    def checkpoint(self) -> None:
        """Make all deliveries durable: one ``syncfs`` a file system (DESIGN 3.4).

        Raises:
            Distrusted: A write failed somewhere: nothing may be freed.
        """

    def recover(
        self, touched: Iterable[tuple[UserId, str]], replay: Sequence[Delivery]
    ) -> None:
        """After an unclean stop: complete what the last checkpoint did not cover.

        Args:
            touched: Users (id, home) with mail in the journals since the checkpoint.
            replay: Those deliveries; an ADD without its body gets it again under the
                same UID, UIDs go on above the durable ceiling (DESIGN 4).

        Raises:
            Locked: A user stayed locked. Recovering again does no harm.
            TemporaryFailure: A user's mailboxes or the disk are in trouble; the same.
        """

    def once(self, user_id: UserId, home: str, deed: Deed) -> bool:
        """Tell whether to do something now, and remember that it was done.

        The memory lies with the user's mail and goes with it. It is written lazily,
        durable after the next `checkpoint` (but see `Deed.until_rearmed`), and
        bounded: of thousands of names the oldest are forgotten. Called by the filer
        alone.

        Returns:
            True when it was not done lately, and also when it was done for that very
            origin: a replay hears the same again.

        Raises:
            TemporaryFailure: It cannot be remembered now.
        """

    def rearm(self, user_id: UserId, home: str, what: bytes) -> None:
        """Let a deed that waits for it be done again; nothing if none does.

        Raises:
            TemporaryFailure: It cannot be remembered now.
        """

    def usage(self, user_id: UserId, home: str) -> Usage:
        """Read a user's usage file without a lock (SMTPMax at RCPT); zero when new."""

    def has_room(self, octets: int) -> bool:
        """Tell whether that much more could be filed (asked at MAIL; TRUST D13)."""

    def remove(self, user_id: UserId, home: str) -> None:
        """Remove a user's mail for good."""

    def close(self) -> None:
        """Close everything."""
