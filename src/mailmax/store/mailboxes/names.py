"""The list of a user's mailboxes: names, ids, subscriptions, special use.

Theory:
    `FolderTable` is a fold over steps (`Create`, `Delete`, `Rename`, `Subscribe`):
    each verb checks, returns the steps that do it, and changes nothing; `apply`
    does. The store on disk keeps the steps in a log, the twin only applies them, so
    both have the same list of mailboxes by construction.

Rules:
    A name is a label only: no path on disk is derived from it (TRUST E6).
    A folder id and a UIDVALIDITY are given once in the life of a user.
    Deleting does not unsubscribe (RFC 3501 §6.3.9), renaming does not either.

Limits:
    A name: 1,000 octets of UTF-8; mailboxes of one user: 10,000.

Standards:
    RFC 3501 §5.1, §6.3.3 to §6.3.6; RFC 6154 §2.
"""

from collections.abc import Sequence
from sys import intern

import msgspec

from mailmax.base.errors import PermanentFailure
from mailmax.base.ids import INBOX, FolderId, UidValidity
from mailmax.store.mailboxes.values import Folder

NAME_OCTETS = 1000
FOLDERS = 10_000
DEFAULTS = (
    ("Archive", "\\Archive"),
    ("Drafts", "\\Drafts"),
    ("Junk", "\\Junk"),
    ("Sent", "\\Sent"),
    ("Trash", "\\Trash"),
)


class Create(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """A mailbox came to be."""

    folder_id: int
    name: str
    uid_validity: int
    special_use: str = ""


class Delete(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """A mailbox went, or stays as an unselectable parent."""

    folder_id: int
    keep: bool = False


class Rename(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """A mailbox and all below it got a new name."""

    old: str
    new: str


class Subscribe(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """A name was subscribed or unsubscribed."""

    name: str
    subscribed: bool


Step = Create | Delete | Rename | Subscribe


def normal_name(name: str) -> str:
    """Write INBOX, alone or as a parent, in upper case (RFC 3501 §5.1)."""
    head, slash, rest = name.partition("/")
    return f"INBOX{slash}{rest}" if head.upper() == "INBOX" else name


class FolderTable:
    """All mailboxes of one user.

    Users have the same few names of mailboxes: the text of each is there once.
    """

    __slots__ = ("_last_id", "_last_validity", "_nameless", "by_name")

    def __init__(self) -> None:
        self.by_name: dict[str, Folder] = {}
        self._nameless: set[str] | None = None
        """Subscribed names that no mailbox has, where there are any."""
        self._last_id = 0
        self._last_validity = 0

    # Asking

    @property
    def by_id(self) -> dict[int, Folder]:
        """All mailboxes, by the id that they keep for life."""
        return {folder.folder_id: folder for folder in self.by_name.values()}

    @property
    def subscribed(self) -> set[str]:
        """All names that are subscribed, also those that no mailbox has."""
        there = [name for name, folder in self.by_name.items() if folder.subscribed]
        return {*(self._nameless or ()), *there}

    def find(self, name: str) -> Folder | None:
        """Return the mailbox of that name."""
        return self.by_name.get(normal_name(name))

    def selectable(self, name: str) -> Folder:
        """Return the mailbox of that name that can be opened.

        Raises:
            FileNotFoundError: There is none.
        """
        folder = self.find(name)
        if folder is None or not folder.selectable:
            raise FileNotFoundError(name)
        return folder

    def listing(self) -> list[Folder]:
        """Return all, sorted by name, INBOX first."""
        return sorted(
            self.by_name.values(),
            key=lambda folder: (folder.name != "INBOX", folder.name),
        )

    def skip_ids(self, last: int) -> None:
        """Give no id up to this one: the disk knows it from somewhere."""
        self._last_id = max(self._last_id, last)

    # Verbs: what would have to be done

    def defaults(self, now: int) -> list[Step]:
        """Return the steps that make the mailboxes of a new user."""
        steps: list[Step] = [Create(INBOX, "INBOX", now), Subscribe("INBOX", True)]
        for place, (name, use) in enumerate(DEFAULTS, 1):
            steps += [
                Create(INBOX + place, name, now + place, use),
                Subscribe(name, True),
            ]
        return steps

    @staticmethod
    def default_ids() -> set[int]:
        """Return the ids that `defaults` gives."""
        return set(range(INBOX, INBOX + len(DEFAULTS) + 1))

    def create(self, name: str, now: int, special_use: str = "") -> list[Step]:
        """Return the steps that create a mailbox and its missing parents.

        Raises:
            FileExistsError: There is one.
            PermanentFailure: The name cannot be used.
        """
        name = _checked(name)
        there = self.by_name.get(name)
        if there is not None and there.selectable:
            raise FileExistsError(name)
        steps: list[Step] = []
        if there is not None:
            steps.append(Delete(there.folder_id))
        names = [n for n in _parents(name) if n not in self.by_name] + [name]
        if len(self.by_name) + len(names) > FOLDERS:
            raise PermanentFailure("there are too many mailboxes")
        validity = max(now, self._last_validity + 1)
        for step, each in enumerate(names):
            use = special_use if each == name else ""
            steps.append(Create(self._last_id + 1 + step, each, validity + step, use))
        return steps

    def delete(self, name: str) -> list[Step]:
        """Return the steps that delete a mailbox.

        Raises:
            FileNotFoundError: There is none.
            PermanentFailure: It is INBOX.
        """
        folder = self.selectable(name)
        if folder.folder_id == INBOX:
            raise PermanentFailure("INBOX cannot be deleted")
        if self._has_children(folder.name):
            return [Delete(folder.folder_id, keep=True)]
        steps: list[Step] = [Delete(folder.folder_id)]
        going = {folder.name}
        for parent in reversed(_parents(folder.name)):
            above = self.by_name.get(parent)
            if above is None or above.selectable or self._has_children(parent, going):
                break
            going.add(parent)
            steps.append(Delete(above.folder_id))
        return steps

    def rename(self, old: str, new: str, now: int) -> list[Step]:
        """Return the steps that rename a mailbox (not INBOX) with all below it.

        Raises:
            FileNotFoundError: There is no `old`.
            FileExistsError: There is a `new`.
            PermanentFailure: The new name cannot be used.
        """
        folder = self.find(old)
        if folder is None:
            raise FileNotFoundError(old)
        new = _checked(new)
        if new in self.by_name:
            raise FileExistsError(new)
        if new.startswith(folder.name + "/"):
            raise PermanentFailure("a mailbox cannot become its own child")
        longest = max(len(name.encode()) for name in self._tree(folder.name))
        if longest - len(folder.name.encode()) + len(new.encode()) > NAME_OCTETS:
            raise PermanentFailure("that name is too long")
        parents = [name for name in _parents(new) if name not in self.by_name]
        steps: list[Step] = self.create(parents[-1], now) if parents else []
        return [*steps, Rename(folder.name, new)]

    def subscribe(self, name: str, *, subscribed: bool) -> list[Step]:
        """Return the steps that subscribe or unsubscribe a name.

        Raises:
            PermanentFailure: The name cannot be used.
        """
        name = _checked(name) if subscribed else normal_name(name)
        before = self.subscribed
        if (name in before) == subscribed:
            return []
        if subscribed and len(before) >= 2 * FOLDERS:
            raise PermanentFailure("there are too many subscriptions")
        return [Subscribe(name, subscribed)]

    # Doing

    def apply(self, steps: Sequence[Step]) -> None:
        """Do the steps, in order."""
        for step in steps:
            match step:
                case Create():
                    self._create(step)
                case Delete():
                    self._delete(step)
                case Rename():
                    self._rename(step)
                case Subscribe():
                    self._subscribe(step)

    def whole(self) -> list[Step]:
        """Return the steps that make this table from nothing (for a snapshot)."""
        steps: list[Step] = [Subscribe(name, True) for name in sorted(self.subscribed)]
        for folder in sorted(self.by_name.values(), key=lambda f: f.folder_id):
            steps.append(
                Create(
                    folder.folder_id,
                    folder.name,
                    folder.uid_validity,
                    folder.special_use,
                )
            )
            if not folder.selectable:
                steps.append(Delete(folder.folder_id, keep=True))
        if self._last_id not in self.by_id:
            steps += [
                Create(self._last_id, "\0", self._last_validity),
                Delete(self._last_id),
            ]
        return steps

    def _create(self, step: Create) -> None:
        self._put(
            Folder(
                FolderId(step.folder_id),
                intern(step.name),
                UidValidity(step.uid_validity),
                intern(step.special_use),
                self._take_subscription(step.name),
            )
        )
        self._last_id = max(self._last_id, step.folder_id)
        self._last_validity = max(self._last_validity, step.uid_validity)

    def _delete(self, step: Delete) -> None:
        folder = self.by_id.get(step.folder_id)
        if folder is None:
            return
        if step.keep:
            self._put(msgspec.structs.replace(folder, selectable=False, special_use=""))
        else:
            self._drop(folder)

    def _rename(self, step: Rename) -> None:
        for name in self._tree(step.old):
            folder = self.by_name[name]
            self._drop(folder)
            new = step.new + name[len(step.old) :]
            subscribed = self._take_subscription(new)
            self._put(msgspec.structs.replace(folder, name=new, subscribed=subscribed))

    def _subscribe(self, step: Subscribe) -> None:
        folder = self.by_name.get(step.name)
        if folder is not None:
            self._put(msgspec.structs.replace(folder, subscribed=step.subscribed))
        elif step.subscribed:
            self._keep_subscription(step.name)
        else:
            self._take_subscription(step.name)

    def _take_subscription(self, name: str) -> bool:
        """Take a name from those that no mailbox has; tell whether it was there."""
        if not self._nameless or name not in self._nameless:
            return False
        self._nameless.remove(name)
        if not self._nameless:
            self._nameless = None
        return True

    def _keep_subscription(self, name: str) -> None:
        if self._nameless is None:
            self._nameless = set()
        self._nameless.add(name)

    def _drop(self, folder: Folder) -> None:
        """Let a mailbox go; its name stays subscribed (RFC 3501 §6.3.9)."""
        del self.by_name[folder.name]
        if folder.subscribed:
            self._keep_subscription(folder.name)

    def _put(self, folder: Folder) -> None:
        self.by_name[folder.name] = folder

    def _tree(self, name: str) -> list[str]:
        below = name + "/"
        return [n for n in self.by_name if n == name or n.startswith(below)]

    def _has_children(self, name: str, going: set[str] | None = None) -> bool:
        below = name + "/"
        return any(
            other.startswith(below) and other not in (going or ())
            for other in self.by_name
        )


def _checked(name: str) -> str:
    name = normal_name(name)
    bad = (
        "" in name.split("/")
        or any(character < " " or character == "\x7f" for character in name)
        or any("\ud800" <= character <= "\udfff" for character in name)
    )
    if bad:
        raise PermanentFailure("that name cannot be used")
    if len(name.encode()) > NAME_OCTETS:
        raise PermanentFailure("that name is too long")
    return name


def _parents(name: str) -> list[str]:
    """Return the names above, the topmost first."""
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
