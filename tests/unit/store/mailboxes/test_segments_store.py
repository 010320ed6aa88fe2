"""The segment store as a whole: marks, damage, limits, things kept and let go."""

import errno
import os
import zlib

import pytest

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.message.structure import render
from mailmax.store import disk
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.port import Locked
from mailmax.store.mailboxes.segments import home as homes
from mailmax.store.mailboxes.segments.box import LOG_OCTETS
from mailmax.store.mailboxes.segments.home import OCTETS, Home
from mailmax.store.mailboxes.segments.keeper import Keeper
from mailmax.store.mailboxes.segments.node import Renderer
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import Flag, NewMessage

TIM = UserId(7)
HOME = "example.test/a1/tim~7"
BODY = b"Subject: hello\r\nFrom: a@example.test\r\n\r\nbody\r\n"


def message(body: bytes = BODY, fragment: bytes = b"\x02f") -> NewMessage:
    return NewMessage(
        body=body,
        size=len(body),
        crc=zlib.crc32(body),
        fragment=fragment,
        internal_date_ms=1,
    )


def open_store(root, **more) -> SegmentStore:
    return SegmentStore(root, background=False, **more)


def test_a_clean_stop_leaves_no_mark(tmp_path):
    store = open_store(tmp_path / "mail", role="filer")
    assert not store.was_unclean
    store.close()

    again = open_store(tmp_path / "mail", role="filer")

    assert not again.was_unclean
    assert again._node.cuts == 0
    again.close()


def test_a_kill_is_unclean_but_no_power_cut(tmp_path):
    open_store(tmp_path / "mail", role="filer", boot=b"1" * 16)

    again = open_store(tmp_path / "mail", role="filer", boot=b"1" * 16)

    assert again.was_unclean
    assert again._node.cuts == 0


def test_a_mark_of_another_start_counts_as_a_power_cut(tmp_path):
    store = open_store(tmp_path / "mail", role="imapmax", boot=b"1" * 16)
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message()])

    again = open_store(tmp_path / "mail", role="filer", boot=b"2" * 16)
    inbox = again.account(TIM, HOME).open("INBOX")
    (uid,) = inbox.append([message()]).uids
    (next_uid,) = inbox.append([message()]).uids

    assert again._node.cuts == 1
    assert uid == 10_001
    assert next_uid == 10_002
    third = open_store(tmp_path / "mail", role="popmax", boot=b"2" * 16)
    assert third._node.cuts == 1


def test_mail_comes_back_after_a_restart(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message(), message(b"two")])
    inbox.store([2], "+", Flag.FLAGGED, ["work"])
    store.close()

    store = open_store(tmp_path / "mail", boot=b"9" * 16)
    inbox = store.account(TIM, HOME).open("INBOX")

    assert list(inbox.uids) == [1, 2]
    assert bytes(inbox.flags) == bytes([0, Flag.FLAGGED])
    assert inbox.keywords == {"work": {2}}
    assert inbox.read(1) == b"two"
    assert store.account(TIM, HOME).usage().messages == 2
    store.close()


@pytest.mark.parametrize("home", ["", "/etc", "a/../b", "a//b", "..", "./a"])
def test_homes_stay_below_the_mail_root(tmp_path, home):
    store = open_store(tmp_path / "mail")

    with pytest.raises(ValueError, match=home or ".*"):
        store.account(TIM, home)
    store.close()


def flip(path, offset: int) -> None:
    octets = bytearray(path.read_bytes())
    octets[offset] ^= 1
    path.write_bytes(octets)


def test_a_damaged_body_is_refused_and_noted(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    big = b"x" * 300_000
    inbox.append([message(big), message()])
    inbox.refresh()
    mail = tmp_path / "mail" / HOME / "mail.0001"
    flip(mail, 150_000)

    with pytest.raises(PermanentFailure):
        inbox.read(0)
    inbox.read(0, 0, 200_000)
    with pytest.raises(PermanentFailure):
        inbox.read(0, 200_000, 200_000)

    assert inbox.read(1) == BODY
    assert (mail.parent / "damaged").read_bytes().count(b"\n") == 1
    store.close()


def test_a_damaged_body_is_left_out_of_runs_and_noted(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message(), message(b"y" * 1000), message()])
    inbox.refresh()
    mail = tmp_path / "mail" / HOME / "mail.0001"
    flip(mail, mail.stat().st_size // 2)

    [run] = inbox.runs([0, 1, 2])

    assert run.indexes == [0, 2]
    assert [run.octets[run.starts[n] : run.ends[n]] for n in (0, 1)] == [BODY, BODY]
    assert inbox.runs([1])[0].indexes == []
    assert (mail.parent / "damaged").read_bytes().count(b"\n") == 1
    store.close()


def test_runs_find_bodies_that_were_moved_by_a_compaction(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message(b"%d" % n * 300_000) for n in range(8)])
    inbox.refresh()
    inbox.remove(list(inbox.uids)[:6])
    old = tmp_path / "mail" / HOME / "mail.0001"
    store._upkeep.due(store._home(TIM, HOME), OCTETS)
    store.tidy()

    runs = inbox.runs([6, 7])

    assert not old.exists()
    assert [run.octets for run in runs] == [b"6" * 300_000, b"7" * 300_000]
    store.close()


def test_a_body_is_checked_once(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message(b"y" * 1000)])
    inbox.refresh()
    assert inbox.read(0) == b"y" * 1000
    flip(tmp_path / "mail" / HOME / "mail.0001", 500)

    assert inbox.read(0) != b"y" * 1000
    store.close()


def test_one_damaged_user_does_not_stop_the_others(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message() for _ in range(20)])
    store._upkeep.due(store._home(TIM, HOME), 1)
    store.tidy()
    store.close()
    flip(tmp_path / "mail" / HOME / "snap.1.2", 300)

    store = open_store(tmp_path / "mail")
    outcomes = store.deliver(
        [
            Delivery(TIM, HOME, "", message()),
            Delivery(UserId(8), "example.test/a1/ann~8", "", message()),
        ]
    )

    assert outcomes[0].locked
    assert outcomes[0].trouble
    assert outcomes[1].uid == 1
    store.close()


def test_fragments_of_an_older_renderer_are_made_anew(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    inbox.append([message(fragment=b""), message(fragment=b"\x02kept"), message(b"q")])
    inbox.refresh()

    assert inbox.fragments([0, 1]) == [render(BODY), b"\x02kept"]
    assert inbox.refresh() is None
    calls = []
    renderer = Renderer(b"\x02", lambda body: calls.append(body) or b"\x02new")
    store._node.renderer = renderer
    assert inbox.fragments([0, 1]) == [render(BODY), b"\x02kept"]
    assert calls == []
    store._node.renderer = Renderer(b"\x03", lambda body: b"\x03" + body)
    assert inbox.fragments([2, 1]) == [b"\x03q", b"\x03" + BODY]
    store.close()


def test_logs_are_compacted_when_they_are_long(tmp_path):
    store = open_store(tmp_path / "mail")
    inbox = store.account(TIM, HOME).open("INBOX")
    for _ in range(3):
        inbox.append([message() for _ in range(300)])
    inbox.sync()
    assert inbox.box.end > LOG_OCTETS
    inbox.refresh()

    store.tidy()

    assert inbox.refresh() is None
    home = tmp_path / "mail" / HOME
    assert sorted(path.name for path in home.glob("*.1.*")) == ["log.1.2", "snap.1.2"]
    assert (home / "log.1.2").stat().st_size == 32
    assert len(store.account(TIM, HOME).open("INBOX").uids) == 900
    store.close()


def test_dead_octets_are_given_back(tmp_path):
    store = open_store(tmp_path / "mail")
    account = store.account(TIM, HOME)
    inbox, sent = account.open("INBOX"), account.open("Sent")
    inbox.append([message(b"%06d" % n * 1000) for n in range(500)])
    inbox.refresh()
    inbox.copy([7, 300], sent)
    inbox.remove(range(1, 491))
    home = tmp_path / "mail" / HOME
    before = sum(path.stat().st_size for path in home.glob("mail.*"))

    store.tidy()

    after = sum(path.stat().st_size for path in home.glob("mail.*"))
    assert before > 2 * homes.DEAD_OCTETS
    assert after < before / 20
    inbox.refresh()
    sent.refresh()
    assert [inbox.read(n) for n in range(10)] == [
        b"%06d" % n * 1000 for n in range(490, 500)
    ]
    assert [sent.read(n) for n in range(2)] == [b"%06d" % n * 1000 for n in (6, 299)]
    inbox.append([message(b"after")])
    inbox.refresh()
    assert inbox.read(10) == b"after"
    store.close()


def test_columns_are_let_go_for_others(tmp_path):
    store = open_store(tmp_path / "mail")
    account = store.account(TIM, HOME)
    store._upkeep.keeper = Keeper(limit=25)
    first = account.open("INBOX")
    first.append([message() for _ in range(20)])
    first.refresh()
    first.close()
    again = account.open("INBOX")
    assert again is first
    again.close()

    sent = account.open("Sent")
    sent.append([message() for _ in range(10)])
    sent.refresh()
    sent.close()

    assert first.box.columns is None
    third = account.open("INBOX")
    assert third is not first
    assert len(third.uids) == 20
    store.close()


def test_two_homes_of_one_user_cannot_both_have_the_lock(tmp_path):
    """Whatever the cache of homes does: flock must know them apart."""
    store = SegmentStore(tmp_path, background=False)
    store.account(TIM, HOME).close()
    one = store._home(TIM, HOME)
    two = Home(store._node, one.path, TIM, store._upkeep)

    with one:
        with pytest.raises(Locked), two:
            pytest.fail("it was entered")
        with one:
            pass
    with two, pytest.raises(Locked), one:
        pytest.fail("it was entered")
    store.close()


def test_a_home_that_waits_for_compaction_is_not_forgotten(tmp_path, monkeypatch):
    """Nor one that is being compacted; mail filed meanwhile must be seen by it."""
    monkeypatch.setattr("mailmax.store.mailboxes.segments.store.HOMES", 2)
    store = SegmentStore(tmp_path, background=False)

    def others_come() -> None:
        for number in range(20, 24):
            store.usage(UserId(number), f"example.test/b1/u~{number}")

    store.account(TIM, HOME).close()
    home, seen = store._home(TIM, HOME), []

    def compact(home, _folder_id):
        others_come()
        seen.append(store._home(TIM, HOME) is home)

    monkeypatch.setattr("mailmax.store.mailboxes.segments.tidy.compact_log", compact)
    store._upkeep.due(home, 1)
    others_come()
    assert store._home(TIM, HOME) is home

    store.tidy()

    assert seen == [True]
    others_come()
    assert store._home(TIM, HOME) is not home
    store.close()


def test_a_home_that_knows_of_a_failed_sync_is_not_forgotten(tmp_path, monkeypatch):
    """TRUST D2: a home made anew would go on in the same file."""
    monkeypatch.setattr("mailmax.store.mailboxes.segments.store.HOMES", 1)
    store = SegmentStore(tmp_path, background=False)
    account = store.account(TIM, HOME)
    mailbox = account.open("INBOX")
    mailbox.append([message()])

    def fail(fd: int) -> None:
        if os.readlink(f"/proc/self/fd/{fd}").endswith("mail.0001"):  # noqa: PTH115
            raise OSError(errno.EIO, "no")
        os.fdatasync(fd)

    with monkeypatch.context() as patch:
        patch.setattr(disk, "fdatasync", fail)
        with pytest.raises(TemporaryFailure):
            mailbox.append([message()])
    store.tidy()
    mailbox.close()
    account.close()
    store._home(TIM, HOME).let_go(1)
    for number in range(20, 24):
        store.usage(UserId(number), f"example.test/b1/u~{number}")

    store.account(TIM, HOME).open("INBOX").append([message()])

    assert (tmp_path / HOME / "mail.0002").exists()
    store.close()


def test_a_new_home_is_not_the_one_to_be_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr("mailmax.store.mailboxes.segments.store.HOMES", 1)
    store = SegmentStore(tmp_path, background=False)
    first = store.account(TIM, HOME)
    second = store._home(UserId(8), "example.test/b1/eve~8")

    assert store._home(UserId(8), "example.test/b1/eve~8") is second
    first.close()
    store.close()
