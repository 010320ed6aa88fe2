"""The directory of a domain, and how its mail gets into another (DOM-1). Units of work.

Theory:
    A change of the directory is a note for Housekeeping, like that of a removal, with
    the way ``move``. Until Housekeeping is there nothing else happens. It then
    *begins*: the domain's services pause, its sessions end, and the filer puts its
    mail aside. It brings the mail over and *ends*: in one transaction the homes of
    all users name the new place, and the old one is noted for removal. Whatever is
    cut in between goes on from the note; nobody reads or files meanwhile.

Rules:
    Of two changes the later one holds, until the first has begun.
    No directory lies in another domain's.

Manual: 6.1.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

from mailmax.datamax.effect import Effect, not_found
from mailmax.datamax.rows import (
    MOVING_KEY,
    as_text,
    domain_row,
    is_moving,
    own_values,
    user_row,
)
from mailmax.hub.contract.housekeeping import BeginMove, EndMove
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import domain_units, removal_units, units

BEGUN = "it is being moved"


def directory_of(row: units.AnyRow) -> str:
    """Return where a domain's mail is, below the mail root or absolute."""
    return str(row.mail_root or row.name)


def wanted_directory(tx: Connection, row: units.AnyRow) -> str:
    """Return the directory that was set for a domain; empty: below the node's."""
    asked = removal_units.open_move(tx, row.name)
    place = asked.place if asked is not None else row.mail_root
    return place if place.startswith("/") else ""


def ask_move(
    tx: Connection, row: units.AnyRow, wanted: str, now: float
) -> str | Denied:
    """Note that a domain's mail is to be in a directory; return a note for people.

    Args:
        tx: The open transaction.
        row: Of the domain.
        wanted: Absolute; empty: below the node's.
        now: Unix time.
    """
    if wanted == wanted_directory(tx, row):
        return ""
    if is_moving(row.settings):
        return Denied("conflict", "mail_root", BEGUN, "wait until that is done")
    other = _overlapping(tx, row, wanted)
    if other:
        words = f"{wanted} and the directory of {other} lie in each other"
        return Denied("conflict", "mail_root", words, "name another directory")
    former = removal_units.open_move(tx, row.name)
    if former is not None:
        removal_units.note_removal(tx, former.id, "another one was named", now)
    if wanted == (row.mail_root if row.mail_root.startswith("/") else ""):
        return "the mail stays where it is"
    place = wanted or _place_below(tx, row)
    files = removal_units.Files("domain", row.name, place)
    removal_units.ask_removal(tx, files, "move", now, now)
    return f"Housekeeping moves the mail to {removal_units.shown_place(place)}"


def begin_move(tx: Connection, asked: BeginMove) -> Effect | Denied:
    """Let nobody read or file in a domain any more."""
    found = _find(tx, asked.removal_id)
    if isinstance(found, Denied):
        return found
    note, row = found
    settings = {**own_values(row.settings), MOVING_KEY: True}
    domain_units.change_domain(tx, row.id, settings=as_text(settings))
    domain_units.end_logins(tx, row.id)
    removal_units.note_removal(tx, note.id, BEGUN, None)
    return _effect_on_all(tx, row.id, end_sessions=True)


def end_move(tx: Connection, said: EndMove, now: float) -> Effect | Denied:
    """Let the domain go on, in the new directory or in the old one."""
    found = _find(tx, said.removal_id)
    if isinstance(found, Denied):
        return found
    note, row = found
    settings = {
        key: value
        for key, value in own_values(row.settings).items()
        if key != MOVING_KEY
    }
    domain_units.change_domain(tx, row.id, settings=as_text(settings))
    removal_units.note_removal(tx, note.id, said.note, now)
    if said.is_moved:
        old = directory_of(row)
        domain_units.change_domain(tx, row.id, mail_root=note.place)
        rows = units.users_of_domain(tx, row.id)
        homes = {one.id: _moved(one.home, note.place) for one in rows}
        if homes:
            units.set_homes(tx, homes)
        removal_units.move_places(tx, old, lambda place: _moved(place, note.place))
        files = removal_units.Files("domain", row.name, old)
        removal_units.ask_removal(tx, files, "remove", now, now)
    return _effect_on_all(tx, row.id, end_sessions=False)


def move_below(tx: Connection, name: str, now: float) -> None:
    """A domain goes: nothing is to be moved any more."""
    asked = removal_units.open_move(tx, name)
    if asked is not None:
        removal_units.note_removal(tx, asked.id, "the domain was deleted", now)


def overlaps(one: str, other: str) -> bool:
    """Tell whether of two directories one is, or lies in, the other."""
    one, other = f"{one}/", f"{other}/"
    return one.startswith(other) or other.startswith(one)


# Inside


def _find(
    tx: Connection, removal_id: int
) -> tuple[units.AnyRow, units.AnyRow] | Denied:
    note = removal_units.removal_by_id(tx, removal_id)
    if note is None or note.way != "move" or note.done_at is not None:
        return not_found("removal_id", f"move {removal_id}")
    row = domain_units.domain_named(tx, note.name)
    if row is None:
        return not_found("domain", f"domain {note.name}")
    return note, row


def _moved(place: str, to: str) -> str:
    return "/".join((to, *place.rsplit("/", 2)[1:]))


def _place_below(tx: Connection, row: units.AnyRow) -> str:
    if removal_units.was_used(tx, row.name):
        return f"{row.name}~{row.id}.{removal_units.count_removals(tx)}"
    return str(row.name)


def _overlapping(tx: Connection, row: units.AnyRow, wanted: str) -> str:
    if not wanted:
        return ""
    taken: Mapping[str, str] = {
        directory: other.name
        for other in domain_units.all_domains(tx)
        if other.id != row.id
        for directory in (wanted_directory(tx, other), other.mail_root)
        if directory.startswith("/")
    }
    return next(
        (name for directory, name in taken.items() if overlaps(directory, wanted)),
        "",
    )


def _effect_on_all(tx: Connection, domain_id: int, *, end_sessions: bool) -> Effect:
    rows = units.users_of_domain(tx, domain_id)
    names = domain_units.aliases_of(tx, domain_id)
    return Effect(
        domain_id,
        domains=(domain_row(domain_units.domain_by_id(tx, domain_id), names),),
        users=tuple(user_row(row) for row in rows),
        credentials=tuple(
            CredentialChanged(row.id, row.credential_version) for row in rows
        )
        if end_sessions
        else (),
    )
