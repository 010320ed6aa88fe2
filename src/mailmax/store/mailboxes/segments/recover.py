"""After an unclean stop: what the last checkpoint did not cover is made whole.

Theory:
    A power cut may keep the record of a lazy delivery and lose its body (a sync of
    the log makes earlier records durable, not their octets), or lose both. The
    journal still has the mail. So a log is never cut back: a message whose octets do
    not fit its CRC gets them again, elsewhere, under the same UID; a message that is
    not known is filed. Before that every mailbox goes on above its ceiling, because
    UIDs that were seen may be among what was lost. What was added without a journal
    (APPEND, COPY) is looked at by who opens the mailbox (`unproven`).

    A process also ends when a sync fails: then octets can be read that are not the
    disk's. So whatever was filed since the checkpoint is written again where it lies,
    with the logs that name it (`rewrite`).

Rules:
    May itself be cut off at any point and done again. One sync for all ceilings, one
    at the end.
"""

import zlib
from array import array
from collections.abc import Sequence

from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.segments.box import Box
from mailmax.store.mailboxes.segments.deliver import box_for
from mailmax.store.mailboxes.segments.directory import folder_ids, list_names
from mailmax.store.mailboxes.segments.heap import HEADER_OCTETS
from mailmax.store.mailboxes.segments.home import Home
from mailmax.store.mailboxes.segments.incoming import put
from mailmax.store.mailboxes.segments.records import Moved, Record
from mailmax.store.mailboxes.segments.rewrite import rewrite
from mailmax.store.mailboxes.segments.sealed import SEAL_OCTETS, seal
from mailmax.store.mailboxes.values import NewMessage


def raise_all(home: Home, replay: Sequence[Delivery]) -> list[Box]:
    """Let every mailbox of a home go on above its ceiling; not synced yet.

    Raises:
        Locked: Nothing was done.
    """
    with home.changing():
        wanted = {box_for(home, delivery.folder).folder_id for delivery in replay}
        wanted.update(folder_ids(list_names(home.path)))
        boxes = [home.box(folder_id) for folder_id in sorted(wanted)]
        for box in boxes:
            box.catch_up()
            if not box.head.deleted:
                home.log(box, box.head.above_ceiling(home.node.cuts))
        return boxes


def mend(home: Home, replay: Sequence[Delivery]) -> list[Delivery]:
    """Write missing octets again; return the deliveries that are not known at all.

    Raises:
        Locked: Some may have been mended.
    """
    unknown = []
    boxes: dict[int, Box] = {}
    with home.changing():
        for delivery in replay:
            box = box_for(home, delivery.folder)
            boxes[box.folder_id] = box
            origin = delivery.message.origin
            uid = box.head.origins.find(origin) if origin else 0
            if not uid:
                unknown.append(delivery)
                continue
            records = _mended(home, box, uid, delivery.message)
            if records:
                home.log(box, records)
        for path in (*(box.path for box in boxes.values()), home.roster.path):
            file = home.files.get(path)
            rewrite(file, 0, file.size)
    return unknown


def _mended(home: Home, box: Box, uid: int, message: NewMessage) -> list[Record]:
    truth = box.truth()
    position = truth.position(uid)
    if position < 0:
        return []  # it was removed since
    if (truth.sizes[position], truth.crcs[position]) != (message.size, message.crc):
        return []  # a report made again: the one that was filed is replayed, too
    place, fragment = truth.places[position], truth.fragments[position]
    whole = _crc(home, place, truth.sizes[position]) == truth.crcs[position]
    if whole and _has_fragment(home, fragment, seal(message.fragment)):
        length = HEADER_OCTETS + truth.sizes[position]
        home.mail.rewrite(place - HEADER_OCTETS, length)
        home.frag.rewrite(fragment, len(message.fragment) + SEAL_OCTETS)
        return []
    (again,) = put(home, box.folder_id, [message], uid)
    return [
        Moved(False, array("Q", [place]), array("Q", [again.place])),
        Moved(True, array("Q", [fragment]), array("Q", [again.fragment])),
    ]


def _crc(home: Home, place: int, size: int) -> int:
    try:
        octets = home.mail.read(place, size)
    except FileNotFoundError:
        return -1
    return zlib.crc32(octets) if len(octets) == size else -1


def _has_fragment(home: Home, place: int, sealed: bytes) -> bool:
    try:
        return home.frag.read(place, len(sealed)) == sealed
    except FileNotFoundError:
        return False
