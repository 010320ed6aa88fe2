"""SEARCH with ``search.db`` says what SEARCH without it says, whatever befalls it."""

import imaplib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from fix_imap import ImapRoom, MakeImap
from mailmax.imapmax.indexing import WhenToIndex
from mailmax.store.mailboxes.segments import indexing
from mailmax.store.mailboxes.segments.mailbox import SegmentMailbox
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.search.candidates import Candidates
from mailmax.store.search.index import Mailbox, SearchIndex, Unavailable
from waiting import wait_for

ANIMALS = ("zebra", "Zebrafish", "lion", "a sea lion", "grün wie der Frosch")
NEEDLES = ("zebra", "ebraf", "sea lion", "lion", "number 7", "rün w", "zz", "?")
ENOUGH = 20
Locking = Callable[[], AbstractContextManager[None]]


def mail(number: int) -> bytes:
    text = f"{ANIMALS[number % 5]}, number {number}"
    if number % 2:
        return b"Subject: odd\r\n\r\n" + text.encode() + b"\r\n"
    encoded = text.encode("utf-8").replace(b"\xc3\xbc", b"=C3=BC")
    return (
        b"Subject: even\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + encoded + b"\r\n"
    )


class House:
    """An IMAPMax that indexes early, and the words of the mail put into it."""

    def __init__(self, room: ImapRoom, home: Path) -> None:
        self.room = room
        self.path = home / "search.db"
        self.index = SearchIndex(str(self.path))

    def deliver(self, numbers: range) -> None:
        self.room.deliver(*map(mail, numbers))

    def wait_for_index(self, up_to: int, name: str = "INBOX") -> None:
        folder = self.room.account().find(name)
        assert folder is not None
        mailbox = Mailbox(folder.folder_id, folder.uid_validity)

        def is_done() -> bool:
            try:
                return self.index.progress(mailbox)[0] > up_to
            except Unavailable:
                return False

        wait_for(is_done, 20.0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Candidates | None]:
    """Give what the index answered."""
    answers: list[Candidates | None] = []
    ask = SegmentMailbox.candidates

    def candidates(self: SegmentMailbox, needle: str) -> Candidates | None:
        answers.append(ask(self, needle))
        return answers[-1]

    monkeypatch.setattr(SegmentMailbox, "candidates", candidates)
    monkeypatch.setattr(indexing, "PAUSE_S", 0.0)
    return answers


@pytest.fixture
def house(
    make_imap: MakeImap, tmp_path: Path, asked: list[Candidates | None]
) -> Iterator[House]:
    room = make_imap(
        store=SegmentStore(tmp_path / "mail", role="imapmax"),
        indexing=WhenToIndex(messages=ENOUGH, quiet_s=0.02),
    )
    yield House(room, tmp_path / "mail" / "example.com" / "tim")
    assert any(asked) or len(asked) == len(NEEDLES), "the index never answered"


def check(client: imaplib.IMAP4) -> None:
    """Compare SEARCH with what the mail in the selected mailbox says."""
    client.noop()
    _, rows = client.uid("FETCH", "1:*", "(BODY.PEEK[TEXT])")
    texts = {}
    for row in rows:
        if isinstance(row, tuple):
            uid = int(row[0].split(b"UID ")[1].split()[0])
            texts[uid] = row[1].replace(b"=C3=BC", b"\xc3\xbc").decode().lower()
    assert texts
    for needle in NEEDLES:
        expected = [uid for uid, text in texts.items() if needle in text]
        client.literal = needle.encode()  # type: ignore[assignment]
        _, [found] = client.uid("SEARCH", "CHARSET", "UTF-8", "BODY")
        assert [int(uid) for uid in found.split()] == expected, needle


def test_answers_hold_while_mail_comes_and_goes(
    house: House, asked: list[Candidates | None]
) -> None:
    """Appended, expunged, moved, copied; before, while and after it is indexed."""
    house.deliver(range(60))
    with house.room.client() as client:
        client.select()
        check(client)
        house.wait_for_index(60)
        check(client)

        client.append("INBOX", "", "", mail(77))  # type: ignore[arg-type]
        house.deliver(range(100, 103))
        check(client)
        client.uid("STORE", "3:9", "+FLAGS", r"(\Deleted)")
        client.expunge()
        check(client)
        client.create("Other")
        client.uid("MOVE", "20:50", "Other")
        client.uid("COPY", "51:60", "Other")
        check(client)
        client.rename("Other", "Elsewhere")
        client.select("Elsewhere")
        check(client)
        house.wait_for_index(41, "Elsewhere")
        check(client)
        client.select()
        check(client)


def test_a_mailbox_of_the_same_name_is_another_one(house: House) -> None:
    """What the index knows of a deleted mailbox is not said of its successor."""
    house.deliver(range(60))
    with house.room.client() as client:
        client.create("Work")
        client.select()
        client.uid("COPY", "1:30", "Work")
        client.select("Work")
        house.wait_for_index(30, "Work")
        check(client)
        client.select()
        client.delete("Work")
        client.create("Work")
        client.uid("COPY", "31:60", "Work")
        client.select("Work")

        check(client)
        house.wait_for_index(30, "Work")
        check(client)


def test_it_may_be_deleted_or_spoilt_at_any_time(house: House) -> None:
    """Answers stay right, and with new mail it is made again."""
    house.deliver(range(40))
    with house.room.client() as client:
        client.select()
        house.wait_for_index(40)
        house.path.unlink()
        check(client)
        house.deliver(range(40, 42))
        client.noop()
        house.wait_for_index(42)
        check(client)

        house.path.write_bytes(b"rubbish" * 2000)
        check(client)
        house.deliver(range(42, 44))
        client.noop()
        house.wait_for_index(44)
        check(client)


def test_one_that_is_locked_is_not_waited_for(house: House) -> None:
    """Another process writes it: brute force answers."""
    house.deliver(range(40))
    with house.room.client() as client:
        client.select()
        house.wait_for_index(40)
        with house.index._open(5.0) as db:
            db.execute("BEGIN EXCLUSIVE")
            check(client)
        check(client)


def test_candidates_are_never_believed(house: House) -> None:
    """A message that the index names wrongly is not reported."""
    house.deliver(range(40))
    with house.room.client() as client:
        client.select()
        house.wait_for_index(40)
        folder = house.room.account().find("INBOX")
        assert folder is not None
        with house.index._open(5.0) as db:
            first = folder.folder_id << 32
            rows = [(first + uid,) for uid in range(1, 1000)]
            db.executemany("INSERT OR IGNORE INTO uncut VALUES (?)", rows)
        check(client)


def test_an_index_of_mail_that_is_gone_is_made_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never knows much more than twice the mail there is."""
    monkeypatch.setattr(indexing, "_SLACK", 0)
    house.deliver(range(100))
    with house.room.client() as client:
        client.select()
        house.wait_for_index(100)
        client.uid("STORE", "1:70", "+FLAGS", r"(\Deleted)")
        client.expunge()
        house.deliver(range(100, 101))
        client.noop()
        house.wait_for_index(101)
        check(client)
        folder = house.room.account().find("INBOX")
        assert folder is not None
        mailbox = Mailbox(folder.folder_id, folder.uid_validity)

        wait_for(lambda: house.index.progress(mailbox) == (102, 31))
        check(client)


def test_who_asks_while_it_is_thrown_away_does_not_end_the_indexing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question makes a new file, which is not the one that was thrown away."""
    monkeypatch.setattr(indexing, "_SLACK", 0)
    drop = SearchIndex.drop

    def drop_and_ask(index: SearchIndex, locked: Locking) -> None:
        drop(index, locked)
        with index._open():
            pass

    monkeypatch.setattr(SearchIndex, "drop", drop_and_ask)
    house.deliver(range(100))
    with house.room.client() as client:
        client.select()
        house.wait_for_index(100)
        client.uid("STORE", "1:70", "+FLAGS", r"(\Deleted)")
        client.expunge()
        house.deliver(range(100, 101))
        client.noop()
        house.wait_for_index(101)
        check(client)


def test_an_index_of_a_later_time_is_not_asked(house: House) -> None:
    """A backup came back below it: UIDs it knows may be given to other mail."""
    house.deliver(range(40))
    with house.room.client() as client:
        client.select()
        house.wait_for_index(40)
        folder = house.room.account().find("INBOX")
        assert folder is not None
        mailbox = Mailbox(folder.folder_id, folder.uid_validity)
        with house.index._open(5.0) as db:
            db.execute("DELETE FROM done")
        house.index.add(mailbox, [(uid, set()) for uid in range(50, 60)], 1000)
        check(client)

        house.deliver(range(40, 41))
        client.noop()
        wait_for(lambda: house.index.progress(mailbox) == (42, 41))
        check(client)


def test_small_mailboxes_and_busy_ones_are_not_indexed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index pays for many messages only, and waits until nobody asks."""
    begun = threading.Event()
    monkeypatch.setattr(SegmentMailbox, "index", lambda _mailbox: begun.set())
    house.deliver(range(ENOUGH - 1))
    with house.room.client() as client:
        client.select()
        assert not begun.wait(0.3)
        house.deliver(range(1))
        client.noop()
        assert begun.wait(5.0)
        check(client)
