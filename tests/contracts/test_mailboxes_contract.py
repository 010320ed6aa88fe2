"""What `store.mailboxes.port` promises, held against every store there is."""

import asyncio
import zlib
from operator import le
from pathlib import Path

import pytest

from mailmax.base.envelope import Origin
from mailmax.base.errors import PermanentFailure
from mailmax.base.ids import UserId
from mailmax.store.mailboxes.delivery import Deed, Delivery
from mailmax.store.mailboxes.memory.store import MemoryStore
from mailmax.store.mailboxes.port import Mailbox, Store
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, Folder, NewMessage, Notes, Usage
from waiting import until

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
JOURNAL = b"j" * 16


@pytest.fixture(params=["memory", "segments"])
def store(request, tmp_path: Path):
    if request.param == "memory":
        made: Store = MemoryStore()
    else:
        made = SegmentStore(tmp_path / "mail")
    yield made
    made.close()


@pytest.fixture
def account(store):
    opened = store.account(TIM, HOME)
    yield opened
    opened.close()


@pytest.fixture
def inbox(account):
    opened = account.open("INBOX")
    yield opened
    opened.close()


def message(body=b"Subject: x\r\n\r\nbody\r\n", **more) -> NewMessage:
    octets = body if isinstance(body, bytes) else b"".join(body)
    values = {
        "body": body,
        "size": len(octets),
        "crc": zlib.crc32(octets),
        "fragment": b"\x02fragment of " + octets[:40],
        "internal_date_ms": 1_700_000_000_123,
    }
    return NewMessage(**{**values, **more})


def delivery(number: int, folder: str = "", body: bytes | None = None) -> Delivery:
    octets = body if body is not None else b"Subject: %d\r\n\r\nx\r\n" % number
    return Delivery(TIM, HOME, folder, message(octets, origin=Origin(JOURNAL, number)))


def fill(mailbox: Mailbox, count: int, **more) -> list[int]:
    bodies = [b"Subject: %d\r\n\r\nmessage %d\r\n" % (n, n) for n in range(count)]
    change = mailbox.append([message(body, **more) for body in bodies])
    mailbox.refresh()
    return list(change.uids)


# The list of mailboxes


def test_a_new_account_has_the_default_mailboxes(account):
    listing = account.folders()

    names = [folder.name for folder in listing]
    assert names == ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"]
    assert [folder.special_use for folder in listing] == [
        "",
        "\\Archive",
        "\\Drafts",
        "\\Junk",
        "\\Sent",
        "\\Trash",
    ]
    assert all(folder.subscribed and folder.selectable for folder in listing)
    assert len({folder.uid_validity for folder in listing}) == 6
    assert listing[0].folder_id == 1


def test_create_makes_missing_parents(account):
    made = account.create("work/2026/May", "\\Archive")

    assert made.name == "work/2026/May"
    assert made.special_use == "\\Archive"
    assert account.find("work").selectable
    assert account.find("work/2026").special_use == ""
    with pytest.raises(FileExistsError):
        account.create("work/2026")


def test_inbox_is_found_in_any_case(account):
    account.create("inbox/sub")

    assert account.find("iNbOx").name == "INBOX"
    assert account.find("INBOX/sub").name == "INBOX/sub"
    with pytest.raises(FileExistsError):
        account.create("Inbox")


@pytest.mark.parametrize(
    "name", ["", "/", "a//b", "/a", "a/", "a\0b", "a\rb", "é" * 501]
)
def test_names_that_cannot_be_used_are_refused(account, name):
    with pytest.raises(PermanentFailure):
        account.create(name)


@pytest.mark.parametrize("name", ["..", "../../x", "é" * 500, "%2e", "a b", "con"])
def test_names_are_only_labels(account, name):
    account.create(name)

    assert account.find(name).name == name


def test_delete_keeps_a_parent_as_unselectable(account):
    account.create("a/b")

    account.delete("a")

    assert not account.find("a").selectable
    with pytest.raises(FileNotFoundError):
        account.open("a")
    with pytest.raises(FileNotFoundError):
        account.delete("a")
    account.delete("a/b")
    assert account.find("a") is None


def test_a_recreated_mailbox_has_a_new_uid_validity(account):
    first = account.create("a")
    account.create("a/b")
    account.delete("a")

    again = account.create("a")

    assert again.uid_validity > first.uid_validity
    assert again.folder_id != first.folder_id
    assert account.status("a").messages == 0


def test_inbox_cannot_be_deleted(account):
    with pytest.raises(PermanentFailure):
        account.delete("INBOX")


def test_rename_takes_all_below_along(account):
    kept = account.create("a/b/c")
    account.create("ab")

    account.rename("a", "x/y")

    names = [folder.name for folder in account.folders()]
    assert {"x", "x/y", "x/y/b", "x/y/b/c", "ab"} <= set(names)
    assert not [name for name in names if name == "a" or name.startswith("a/")]
    assert account.find("x/y/b/c").uid_validity == kept.uid_validity


def test_rename_refuses_what_cannot_be(account):
    account.create("a/b")
    account.create("c")

    with pytest.raises(FileNotFoundError):
        account.rename("nothing", "d")
    with pytest.raises(FileExistsError):
        account.rename("a", "c")
    with pytest.raises(PermanentFailure):
        account.rename("a", "a/b/d")


def test_rename_of_inbox_moves_its_mail(account, inbox):
    fill(inbox, 3)

    account.rename("INBOX", "old")

    assert account.status("INBOX").messages == 0
    assert account.status("old").messages == 3
    assert inbox.refresh().expunged == [0, 1, 2]


def test_rename_keeps_mail_and_open_mailboxes(account):
    account.create("a")
    opened = account.open("a")
    fill(opened, 2)

    account.rename("a", "b")

    assert opened.refresh() is None
    assert account.status("b").messages == 2
    assert opened.folder.name == "b"
    opened.close()


def test_subscriptions_do_not_need_a_mailbox(account):
    account.subscribe("later", True)
    account.subscribe("Sent", False)

    assert "later" in account.subscriptions()
    assert not account.find("Sent").subscribed
    account.create("later")
    assert account.find("later").subscribed
    account.delete("later")
    assert "later" in account.subscriptions()


# Adding and reading


def test_append_gives_ascending_uids(inbox):
    change = inbox.append([message(b"one"), message(b"two", flags=Flag.SEEN)])
    notes = inbox.refresh()

    assert list(change.uids) == [1, 2]
    assert notes == Notes(added=2)
    assert list(inbox.uids) == [1, 2]
    assert list(inbox.sizes) == [3, 3]
    assert bytes(inbox.flags) == bytes([0, Flag.SEEN])
    assert list(inbox.dates) == [1_700_000_000_123] * 2
    assert inbox.uid_next == 3
    assert inbox.highest_modseq == max(inbox.modseqs)
    assert inbox.refresh() is None


def test_columns_change_only_by_refresh(inbox):
    fill(inbox, 2)

    inbox.append([message()])
    inbox.store([1], "+", Flag.SEEN)
    inbox.remove([2])

    assert list(inbox.uids) == [1, 2]
    assert bytes(inbox.flags) == b"\0\0"
    assert inbox.read(1).endswith(b"message 1\r\n")
    notes = inbox.refresh()
    assert notes == Notes(expunged=[1], expunged_uids=[2], added=1, changed=[0])
    assert list(inbox.uids) == [1, 3]


def test_bodies_come_back_as_they_were(inbox):
    body = bytes(range(256)) * 300
    inbox.append(
        [
            message(body),
            message([b"in ", b"pieces"]),
            message(b""),
        ]
    )
    inbox.refresh()

    assert inbox.read(0) == body
    assert inbox.read(0, 1000, 20) == body[1000:1020]
    assert inbox.read(0, len(body) - 5, 50) == body[-5:]
    assert inbox.read(0, len(body) + 5, 50) == b""
    assert inbox.read(1) == b"in pieces"
    assert inbox.read(2) == b""
    assert list(inbox.sizes) == [len(body), 9, 0]


def test_a_damaged_body_is_not_served(inbox):
    inbox.append([message(b"hello", crc=1)])
    inbox.refresh()

    with pytest.raises(PermanentFailure):
        inbox.read(0)


def test_fragments_come_in_the_order_asked(inbox):
    uids = fill(inbox, 20)

    got = inbox.fragments([19, 0, 1, 2, 7])

    assert len(uids) == 20
    assert got == [
        b"\x02fragment of Subject: %d\r\n\r\nmessage %d\r\n" % (n, n)
        for n in (19, 0, 1, 2, 7)
    ]
    assert inbox.fragments([]) == []


def test_two_sessions_share_one_mailbox(account, inbox):
    again = account.open("INBOX")
    fill(inbox, 1)

    assert again is inbox
    again.close()
    assert list(inbox.uids) == [1]


def test_recent_is_claimed_by_the_first_who_opens_to_write(store, account):
    store.deliver([delivery(1), delivery(2)])
    reader = account.open("INBOX", read_only=True)
    assert reader.recent_from == 1
    assert account.status("INBOX").recent == 2
    writer = account.open("INBOX")
    assert writer.recent_from == 1
    second = account.open("INBOX")
    assert second.recent_from == 3

    for opened in (reader, writer, second):
        opened.close()
    assert account.status("INBOX").recent == 0


def test_a_mailbox_that_is_there_is_ready(account, inbox):
    assert account.is_ready("INBOX")
    account.prepare("INBOX")
    assert account.is_ready("no such thing")
    with pytest.raises(FileNotFoundError):
        account.prepare("no such thing")


def test_runs_hold_the_bodies_asked_for(inbox):
    uids = fill(inbox, 20)
    inbox.remove(uids[3:5])
    inbox.copy(uids[:2], inbox)
    inbox.refresh()
    asked = [19, 0, 18, 3, 2, 7]

    runs = inbox.runs(asked)

    got = {
        index: run.octets[start:end]
        for run in runs
        for index, start, end in zip(run.indexes, run.starts, run.ends, strict=True)
    }
    assert got == {n: inbox.read(position) for n, position in enumerate(asked)}
    for run in runs:
        starts = [*run.starts[1:], len(run.octets)]
        assert all(map(le, run.ends, starts))
    assert inbox.runs([]) == []


def test_what_was_only_read_or_added_to_stays_recent(account):
    reader = account.open("INBOX", read_only=True)
    fill(reader, 2)
    reader.close()

    assert account.status("INBOX").recent == 2


# Flags


@pytest.mark.parametrize(
    ("mode", "after"),
    [
        ("+", Flag.SEEN | Flag.FLAGGED),
        ("-", 0),
        ("=", Flag.FLAGGED),
    ],
)
def test_store_modes(inbox, mode, after):
    fill(inbox, 1, flags=Flag.SEEN)

    bits = Flag.SEEN if mode == "-" else Flag.FLAGGED
    change = inbox.store([1], mode, bits)
    notes = inbox.refresh()

    assert inbox.flags[0] == after
    assert list(change.uids) == [1]
    assert notes == Notes(changed=[0])
    assert inbox.modseqs[0] == change.modseq == inbox.highest_modseq


def test_store_of_what_is_already_so_changes_nothing(inbox):
    fill(inbox, 2, flags=Flag.SEEN)
    before = inbox.highest_modseq

    change = inbox.store([1, 2, 99], "+", Flag.SEEN)

    assert list(change.uids) == []
    assert change.modseq == before
    assert inbox.refresh() is None


def test_store_of_neighbours_changes_those_that_are_not_so_yet(inbox):
    fill(inbox, 6)
    inbox.store([2, 5], "+", Flag.FLAGGED)
    inbox.refresh()

    some = inbox.store([1, 2, 3, 4, 5], "+", Flag.FLAGGED)
    told = inbox.refresh()
    scattered = inbox.store([5, 1, 5], "-", Flag.FLAGGED)
    inbox.refresh()
    all_of_them = inbox.store(inbox.uids, "+", Flag.SEEN)
    last = inbox.refresh()

    assert list(some.uids) == [1, 3, 4]
    assert told == Notes(changed=[0, 2, 3])
    assert sorted(scattered.uids) == [1, 5]
    assert list(all_of_them.uids) == [1, 2, 3, 4, 5, 6]
    assert last == Notes(changed=[0, 1, 2, 3, 4, 5])
    here, seen = Flag.SEEN | Flag.FLAGGED, Flag.SEEN
    assert list(inbox.flags) == [seen, here, here, here, seen, seen]
    assert list(inbox.modseqs) == [all_of_them.modseq] * 6


def test_keywords_ignore_case_and_keep_their_first_spelling(inbox):
    fill(inbox, 3)

    inbox.store([1, 2], "+", 0, ["$Forwarded"])
    inbox.store([3], "+", 0, ["$forwarded", "work"])
    inbox.store([2], "-", 0, ["$FORWARDED"])
    inbox.refresh()

    assert inbox.keywords == {"$Forwarded": {1, 3}, "work": {3}}
    inbox.store([3], "=", Flag.SEEN, ["new"])
    inbox.refresh()
    assert inbox.keywords == {"$Forwarded": {1}, "new": {3}}
    inbox.remove([1])
    inbox.refresh()
    assert inbox.keywords == {"new": {3}}


def test_unchanged_since_leaves_conflicts_alone(inbox):
    fill(inbox, 3)
    seen = inbox.highest_modseq
    inbox.store([2], "+", Flag.ANSWERED)

    change = inbox.store([1, 2, 3], "+", Flag.SEEN, unchanged_since=seen)
    inbox.refresh()

    assert list(change.uids) == [1, 3]
    assert list(change.conflicts) == [2]
    assert bytes(inbox.flags) == bytes([Flag.SEEN, Flag.ANSWERED, Flag.SEEN])


def test_each_change_has_a_higher_modseq(inbox):
    fill(inbox, 4)
    steps = [inbox.highest_modseq]
    steps.append(inbox.store([1], "+", Flag.SEEN).modseq)
    steps.append(inbox.store([1], "-", Flag.SEEN).modseq)
    steps.append(inbox.remove([2]).modseq)
    steps.append(inbox.append([message()]).modseq)

    assert steps == sorted(set(steps))


# Removing


def test_expunge_removes_only_what_is_marked(inbox):
    fill(inbox, 5)
    inbox.store([1, 3, 5], "+", Flag.DELETED)

    first = inbox.expunge([3, 4])
    second = inbox.expunge()
    notes = inbox.refresh()

    assert list(first.uids) == [3]
    assert list(second.uids) == [1, 5]
    assert notes == Notes(expunged=[0, 2, 4], expunged_uids=[1, 3, 5])
    assert list(inbox.uids) == [2, 4]
    assert inbox.read(1).endswith(b"message 3\r\n")


def test_remove_ignores_flags_and_unknown_uids(inbox):
    fill(inbox, 3)

    change = inbox.remove([3, 1, 77])

    assert list(change.uids) == [1, 3]
    inbox.refresh()
    assert list(inbox.uids) == [2]
    assert list(inbox.remove([]).uids) == []
    assert inbox.refresh() is None


def test_uids_are_not_used_again(account, inbox):
    fill(inbox, 3)
    inbox.remove([2, 3])

    assert fill(inbox, 1) == [4]
    assert account.status("INBOX").uid_next == 5


def test_vanished_tells_what_went_since(inbox):
    fill(inbox, 5)
    first = inbox.remove([2]).modseq
    inbox.remove([5, 4])
    inbox.refresh()

    assert list(inbox.vanished(first)) == [4, 5]
    assert list(inbox.vanished(first - 1)) == [2, 4, 5]
    assert list(inbox.vanished(inbox.highest_modseq)) == []


def test_what_came_and_went_between_two_refreshes_is_not_told(inbox):
    fill(inbox, 1)
    inbox.append([message(b"short lived")])
    inbox.store([1, 2], "+", Flag.SEEN)
    inbox.remove([2])

    assert inbox.refresh() == Notes(changed=[0])
    assert inbox.uid_next == 3


# Copy and move


def test_copy_keeps_flags_and_date_and_shares_the_body(account, inbox):
    fill(inbox, 3)
    inbox.store([2], "+", Flag.FLAGGED, ["work"])
    sent = account.open("Sent")

    change = inbox.copy([3, 9, 2], sent)
    sent.refresh()

    assert list(change.uids) == [1, 2]
    assert list(change.conflicts) == [9]
    assert bytes(sent.flags) == bytes([0, Flag.FLAGGED])
    assert sent.keywords == {"work": {2}}
    assert list(sent.dates) == [1_700_000_000_123] * 2
    assert sent.read(0) == inbox.read(2)
    assert sent.fragments([1]) == inbox.fragments([1])
    assert account.usage().messages == 5
    sent.close()


def test_move_leaves_nothing_behind(account, inbox):
    fill(inbox, 4)
    trash = account.open("Trash")

    change = inbox.move([4, 2], trash)
    trash.refresh()

    assert list(change.uids) == [1, 2]
    assert trash.read(0).endswith(b"message 3\r\n")
    assert inbox.refresh() == Notes(expunged=[1, 3], expunged_uids=[2, 4])
    assert account.usage().messages == 4
    trash.close()


def test_copy_and_move_into_itself(inbox):
    fill(inbox, 2)

    assert list(inbox.copy([1], inbox).uids) == [3]
    assert list(inbox.move([1, 2], inbox).uids) == [4, 5]
    inbox.refresh()

    assert list(inbox.uids) == [3, 4, 5]
    assert inbox.read(2).endswith(b"message 1\r\n")


def test_the_source_may_go_after_a_copy(account, inbox):
    fill(inbox, 1)
    sent = account.open("Sent")
    inbox.copy([1], sent)
    inbox.remove([1])
    sent.refresh()

    assert sent.read(0).endswith(b"message 0\r\n")
    sent.close()


# Delivery


def test_deliveries_arrive_in_order(store, account, inbox):
    outcomes = store.deliver([delivery(1), delivery(2), delivery(3, "lists/python")])
    store.checkpoint()

    assert [outcome.uid for outcome in outcomes] == [1, 2, 1]
    assert inbox.refresh() == Notes(added=2)
    assert inbox.read(1) == b"Subject: 2\r\n\r\nx\r\n"
    assert account.find("lists").selectable
    assert account.status("lists/python").messages == 1


def test_a_replay_repeats_nothing(store, account, inbox):
    store.deliver([delivery(1), delivery(2)])
    inbox.refresh()
    inbox.remove([2])

    outcomes = store.deliver([delivery(1), delivery(2), delivery(3)])

    assert [(outcome.uid, outcome.duplicate) for outcome in outcomes] == [
        (1, True),
        (2, True),
        (3, False),
    ]
    assert inbox.refresh() == Notes(expunged=[1], expunged_uids=[2], added=1)


def test_one_origin_may_be_filed_into_several_mailboxes(store, account):
    outcomes = store.deliver([delivery(1), delivery(1, "Archive"), delivery(1)])

    assert [outcome.duplicate for outcome in outcomes] == [False, False, True]
    assert account.usage().messages == 2


def test_recover_files_what_is_missing_above_the_ceiling(store, account, inbox):
    store.deliver([delivery(1)])

    store.recover([(TIM, HOME)], [delivery(1), delivery(2)])
    inbox.refresh()

    assert inbox.uids[0] == 1
    assert len(inbox.uids) == 2
    assert inbox.uids[1] > 10_000


def test_a_copy_that_nobody_was_promised_does_not_overfill_a_box(store, account, inbox):
    def copy(number: int, size: int, folder: str = "") -> Delivery:
        one = delivery(number, folder, b"x" * size)
        one.limit_octets = 100
        return one

    outcomes = store.deliver([copy(1, 60), copy(2, 41)])
    outcomes += store.deliver([copy(3, 40, "work")]) + store.deliver([copy(4, 1)])
    again = store.deliver([copy(1, 60), copy(2, 41), copy(3, 40, "work")])
    promised = store.deliver([delivery(5, body=b"x" * 500)])

    assert [one.full for one in outcomes] == [False, True, False, True]
    assert [(one.duplicate, one.full) for one in again] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert not promised[0].full
    assert account.usage() == Usage(600, 3)


def test_a_delivery_makes_a_new_account(store):
    store.deliver([delivery(1)])

    account = store.account(TIM, HOME)
    assert account.find("Drafts").special_use == "\\Drafts"
    assert account.status("INBOX").messages == 1
    account.close()


# Deeds

DAY = 86_400


def deed(number: int, what: bytes = b"answer eve", days: float = 0, **more) -> Deed:
    at_s = 1_700_000_000 + days * DAY
    return Deed(what, at_s, 7 * DAY, Origin(JOURNAL, number), **more)


def test_a_deed_is_done_once_in_its_time_and_again_for_a_replay(store):
    said = [
        store.once(TIM, HOME, deed(1)),
        store.once(TIM, HOME, deed(2, days=6.9)),
        store.once(TIM, HOME, deed(1)),
        store.once(TIM, HOME, deed(3, b"answer joe", days=1)),
        store.once(UserId(8), "example.test/b2/eve~8", deed(4, days=1)),
        store.once(TIM, HOME, deed(5, days=7)),
        store.once(TIM, HOME, deed(6, days=7.1)),
    ]

    assert said == [True, False, True, True, True, True, False]


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_jumped_does_not_forbid_a_deed_for_ever(store, years):
    store.once(TIM, HOME, deed(1, days=365 * years))

    assert store.once(TIM, HOME, deed(2))
    assert not store.once(TIM, HOME, deed(3, days=-1))


def test_a_deed_that_waits_is_done_again_when_rearmed_and_its_time_is_over(store):
    def waiting(number: int, days: float) -> bool:
        return store.once(TIM, HOME, deed(number, b"full", days, until_rearmed=True))

    store.rearm(TIM, HOME, b"full")
    said = [waiting(1, 0), waiting(2, 100), waiting(1, 0)]
    store.rearm(TIM, HOME, b"full")
    said += [waiting(3, 1), waiting(4, 8)]
    store.rearm(TIM, HOME, b"other")
    said += [waiting(5, 100)]

    assert said == [True, False, True, False, True, False]


def test_what_was_done_goes_with_the_user(store, account):
    store.once(TIM, HOME, deed(1))

    store.remove(TIM, HOME)

    assert store.once(TIM, HOME, deed(2))


# Status and usage


def test_status_counts_without_opening(store, account, inbox):
    fill(inbox, 3)
    inbox.store([1], "+", Flag.SEEN)
    store.deliver([delivery(1, body=b"12345")])

    status = account.status("INBOX")

    assert status.messages == 4
    assert status.unseen == 3
    assert status.uid_next == 5
    assert status.size == sum(inbox.sizes) + 5
    assert status.highest_modseq > inbox.highest_modseq
    with pytest.raises(FileNotFoundError):
        account.status("nothing")


def test_usage_follows_every_change(store, account, inbox):
    assert store.usage(TIM, HOME) == Usage(0, 0)
    inbox.append([message(b"x" * 100), message(b"y" * 11)])
    assert account.usage() == store.usage(TIM, HOME) == Usage(111, 2)
    inbox.remove([1])
    assert store.usage(TIM, HOME) == Usage(11, 1)
    account.create("a")
    opened = account.open("a")
    inbox.move([2], opened)
    opened.close()
    assert store.usage(TIM, HOME) == Usage(11, 1)
    account.delete("a")
    assert store.usage(TIM, HOME) == Usage(0, 0)
    assert store.usage(UserId(8), "example.test/b2/none~8") == Usage(0, 0)


def test_a_deleted_mailbox_is_forgotten(account):
    account.create("a")
    opened = account.open("a")
    fill(opened, 2)

    account.delete("a")

    assert opened.refresh() == Notes(reset=True)
    assert len(opened.uids) == 0
    assert opened.refresh() is None
    with pytest.raises(PermanentFailure):
        opened.append([message()])
    opened.close()


def test_a_removed_user_starts_anew(store, account, inbox):
    fill(inbox, 2)

    store.remove(TIM, HOME)

    assert store.usage(TIM, HOME) == Usage(0, 0)
    again = store.account(TIM, HOME)
    assert again.status("INBOX").messages == 0
    again.close()


# Watching


async def heard(rings: list[str], wanted: str) -> None:
    await until(lambda: wanted in rings)


async def test_a_watch_is_called_for_each_kind_of_change(store, account, inbox):
    rings: list[str] = []
    stop = inbox.watch(lambda: rings.append("rung"))

    for change in (
        lambda: store.deliver([delivery(1)]),
        lambda: inbox.store([1], "+", Flag.SEEN),
        lambda: inbox.remove([1]),
    ):
        rings.clear()
        change()
        await heard(rings, "rung")
        assert inbox.refresh() is not None

    stop()
    await asyncio.sleep(0.05)
    rings.clear()
    store.deliver([delivery(2)])
    await asyncio.sleep(0.05)
    assert rings == []


async def test_the_list_of_mailboxes_is_watched(account):
    rings: list[str] = []
    stop = account.watch(lambda: rings.append("rung"))

    account.create("new")

    await heard(rings, "rung")
    stop()


async def test_a_watch_hears_changes_made_in_threads(store, inbox):
    rings: list[str] = []
    stop = inbox.watch(lambda: rings.append("rung"))

    await asyncio.to_thread(inbox.append, [message()])
    await asyncio.to_thread(inbox.sync)

    await heard(rings, "rung")
    assert inbox.refresh() == Notes(added=1)
    stop()


def test_threads_may_append_at_once(account, inbox):
    async def many() -> list[int]:
        jobs = [
            asyncio.to_thread(inbox.append, [message(b"%d" % n)]) for n in range(40)
        ]
        changes = await asyncio.gather(*jobs)
        return [uid for change in changes for uid in change.uids]

    uids = asyncio.run(many())
    inbox.refresh()

    assert sorted(uids) == list(range(1, 41)) == list(inbox.uids)
    assert {inbox.read(place) for place in range(40)} == {b"%d" % n for n in range(40)}


def test_folder_values_are_complete(account):
    assert account.find("INBOX") == Folder(
        folder_id=1,
        name="INBOX",
        uid_validity=account.find("INBOX").uid_validity,
        subscribed=True,
    )


def test_many_mailboxes_are_added_to_at_once(store, account, inbox):
    sent, drafts = account.open("Sent"), account.open("Drafts")
    account.delete("Drafts")

    answers = store.append(
        [
            (inbox, [message(b"one"), message(b"two")]),
            (drafts, [message(b"lost")]),
            (sent, [message(b"three")]),
        ]
    )

    assert list(answers[0].uids) == [1, 2]
    assert type(answers[1]) is PermanentFailure
    assert list(answers[2].uids) == [1]
    inbox.refresh()
    sent.refresh()
    assert [inbox.read(0), inbox.read(1), sent.read(0)] == [b"one", b"two", b"three"]
    for box in (sent, drafts):
        box.close()
