r"""LIST and LSUB (RFC 3501 §6.3.8, §6.3.9; RFC 3348; RFC 6154 §2)."""

from collections.abc import Iterator

from mailmax.imapmax.names import Pattern
from mailmax.imapmax.session import ImapSession
from mailmax.store.mailboxes.values import Folder
from mailmax.wire.imap.codec.encode import encode_string
from mailmax.wire.imap.commands.list_mailboxes import List
from mailmax.wire.imap.types.mailbox_name import encode_modified_utf7


async def perform(session: ImapSession, command: List) -> None:
    """Say which mailboxes there are."""
    name = b"LSUB" if command.subscribed else b"LIST"
    if not command.pattern and not command.subscribed:
        # A special request for the delimiter and the root (RFC 3501 §6.3.8).
        session.machine.untagged(b'LIST (\\Noselect) "/" ""')
    else:
        pattern = Pattern(command.reference + command.pattern)
        folders = session.mail.folders()
        if command.subscribed:
            lines = _subscribed(session.mail.subscriptions(), folders, pattern)
        else:
            lines = _existing(folders, pattern)
        session.machine.send(
            b"".join(
                b'* %b (%b) "/" %b\r\n' % (name, attributes, encode_string(encoded))
                for attributes, encoded in lines
            )
        )
    session.ok(f"{name.decode()} completed")


def _existing(folders: list[Folder], pattern: Pattern) -> Iterator[tuple[bytes, bytes]]:
    parents = _parents(folder.name for folder in folders)
    for folder in folders:
        encoded = encode_modified_utf7(folder.name)
        if pattern.matches(encoded):
            yield _attributes(folder, has_children=folder.name in parents), encoded


def _attributes(folder: Folder, *, has_children: bool) -> bytes:
    words = ["\\HasChildren" if has_children else "\\HasNoChildren"]
    if not folder.selectable:
        words.append("\\Noselect")
    if folder.special_use:
        words.append(folder.special_use)
    return " ".join(words).encode("ascii", "replace")


def _subscribed(
    names: list[str], folders: list[Folder], pattern: Pattern
) -> Iterator[tuple[bytes, bytes]]:
    r"""Yield subscribed names; a parent that ``%`` stops at is \Noselect."""
    selectable = {folder.name for folder in folders if folder.selectable}
    subscribed = set(names)
    stops: set[str] = set()
    for name in names:
        encoded = encode_modified_utf7(name)
        if pattern.matches(encoded):
            yield (b"" if name in selectable else b"\\Noselect"), encoded
        elif pattern.stops_at_levels:
            stops |= _parents([name]) - subscribed
    for name in sorted(stops):
        encoded = encode_modified_utf7(name)
        if pattern.matches(encoded):
            yield b"\\Noselect", encoded


def _parents(names: Iterator[str] | list[str]) -> set[str]:
    parents = set()
    for name in names:
        above = name.rpartition("/")[0]
        while above and above not in parents:
            parents.add(above)
            above = above.rpartition("/")[0]
    return parents
