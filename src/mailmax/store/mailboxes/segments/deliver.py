"""Filing mail for one user: one lock, and one write for each file.

Rules:
    A message with an origin that its mailbox knows is a replay: nothing is done,
    and nobody asks whether there is room.
    Octets first, then the totals, then the records.
"""

import time
from collections.abc import Sequence

from mailmax.base.ids import INBOX, Uid
from mailmax.store.mailboxes.delivery import Delivery, Outcome
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.directory import make_home
from mailmax.store.mailboxes.segments.home import Home, Unsafe
from mailmax.store.mailboxes.segments.incoming import check_words, put
from mailmax.store.mailboxes.segments.words import failures
from mailmax.store.mailboxes.values import NewMessage


def deliver_to(home: Home, batch: Sequence[Delivery]) -> list[Outcome]:
    """File messages for one user.

    Raises:
        Unsafe: Nothing was done but raising ceilings.
        Locked: Nothing was done.
        StorageFull: Some may have been filed; a replay finds out.
        TemporaryFailure: The same.
    """
    with failures():
        try:
            return _deliver(home, batch)
        except FileNotFoundError:
            make_home(home)
            return _deliver(home, batch)


def _deliver(home: Home, batch: Sequence[Delivery]) -> list[Outcome]:
    with home:
        by_folder: dict[str, list[int]] = {}
        for place, delivery in enumerate(batch):
            by_folder.setdefault(delivery.folder, []).append(place)
        boxes = {name: box_for(home, name) for name in by_folder}
        unsafe = [
            box
            for name, box in boxes.items()
            if not home.has_room(box, len(by_folder[name]), len(by_folder[name]))
        ]
        if unsafe:
            raise Unsafe(unsafe)
        outcomes: list[Outcome | None] = [None] * len(batch)
        for name, places in by_folder.items():
            box = boxes[name]
            mine = [batch[place] for place in places]
            for place, outcome in zip(places, _file(home, box, mine), strict=True):
                outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]


def box_for(home: Home, name: str) -> Box:
    """Return the mailbox of a name, made when missing, caught up, under the lock."""
    if not name and home.roster.is_made:
        folder_id = int(INBOX)
    else:
        table = home.table_to_change()
        folder = table.find(name or "INBOX")
        if folder is None or not folder.selectable:
            home.roster.do(table.create(name, int(time.time())))
            folder = table.selectable(name)
        folder_id = folder.folder_id
    box = home.box(folder_id)
    home.make_log(box)
    box.catch_up()
    return box


def _file(home: Home, box: Box, batch: Sequence[Delivery]) -> list[Outcome]:
    held = home.totals.octets
    known = box.head.origins
    outcomes: list[Outcome] = []
    fresh: list[NewMessage] = []
    new: dict[object, int] = {}
    uid = box.head.uid_next
    for delivery in batch:
        message = delivery.message
        origin = message.origin
        there = known.find(origin) or new.get(origin, 0) if origin else 0
        if there:
            outcomes.append(Outcome(Uid(there), duplicate=True))
            continue
        if delivery.limit_octets and held + message.size > delivery.limit_octets:
            outcomes.append(Outcome(Uid(0), full=True))
            continue
        held += message.size
        check_words(message.keywords)
        if origin:
            new[origin] = uid
        outcomes.append(Outcome(Uid(uid)))
        fresh.append(message)
        uid += 1
    if fresh:
        first, modseq = box.head.uid_next, box.head.modseq + 1
        placed = put(home, box.folder_id, fresh, first)
        adds = [each.add(first + n, modseq + n) for n, each in enumerate(placed)]
        home.log(box, adds, sum([add.size for add in adds]), len(adds))
    return outcomes
