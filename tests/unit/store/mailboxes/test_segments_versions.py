"""Files of another version of MailMax are refused and left as they are.

They were opened without an error, looked empty, and were cut and written again.
"""

import logging
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailmax.base.envelope import Origin
from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.store import versions
from mailmax.store.mailboxes.delivery import Delivery
from mailmax.store.mailboxes.segments import compact, log, snap
from mailmax.store.mailboxes.segments.store import SegmentStore
from mailmax.store.mailboxes.values import NewMessage

TIM, ANN = UserId(7), UserId(8)
HOMES = {TIM: "example.test/a1/tim~7", ANN: "example.test/b2/ann~8"}
OLD = 1


@pytest.fixture(autouse=True)
def nothing_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a process does that has logged nothing."""
    monkeypatch.setattr(versions, "_logged", set())


def message(number: int, origin: Origin | None = None) -> NewMessage:
    body = b"Subject: %d\r\n\r\n" % number + b"%d " % number * 100
    return NewMessage(
        body, len(body), zlib.crc32(body), body[:20], number, origin=origin
    )


def delivery(user: UserId, number: int, folder: str = "") -> Delivery:
    origin = Origin(b"j" * 16, number)
    return Delivery(user, HOMES[user], folder, message(number, origin))


def open_store(root: Path, boot: bytes = b"b") -> SegmentStore:
    return SegmentStore(root, role=boot.decode(), boot=boot * 16, background=False)


def head_of(path: Path, version: int) -> bytes:
    """Return the head of a log as another version writes it."""
    head = bytearray(path.read_bytes()[: log.HEADER_OCTETS - 4])
    head[4:6] = version.to_bytes(2, "little")
    return bytes(head) + zlib.crc32(head).to_bytes(4, "little")


def old_log(path: Path) -> bytes:
    """Return a log with records as version 1 framed them: without a tag."""
    payloads = [b"\x01" + b"record" * 4, b"\x03" + b"more" * 9]
    frames = [
        struct.pack("<II", len(payload), zlib.crc32(payload)) + payload
        for payload in payloads
    ]
    return head_of(path, OLD) + b"".join(frames)


def new_snap(path: Path) -> bytes:
    octets = path.read_bytes()[:-4]
    octets = octets[:4] + (snap.VERSION + 1).to_bytes(4, "little") + octets[8:]
    return octets + zlib.crc32(octets).to_bytes(4, "little")


@pytest.fixture(params=["folders.1", "log.1.1", "log.1.2", "snap.1.2"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of Tim's that another version made; all others are ours."""
    store = open_store(tmp_path)
    for user, home_of in HOMES.items():
        store.account(user, home_of).open("INBOX").append([message(1)])
    home = store._home(TIM, HOMES[TIM])
    if request.param.endswith(".1.2"):
        assert compact.compact_log(home, 1)
    store.close()
    path = tmp_path / HOMES[TIM] / request.param
    path.write_bytes((new_snap if "snap" in path.name else old_log)(path))
    return path


def chain_of(other: Path) -> dict[str, bytes]:
    """Return what lies beside a file of the same mailbox, or of the same list."""
    stem = "folders" if other.name.startswith("folders") else "*.1"
    found = [*other.parent.glob(f"{stem}.*"), *other.parent.glob("damaged")]
    return {path.name: path.read_bytes() for path in found}


def use(store: SegmentStore, user: UserId) -> Iterator[object]:
    """Do all that is done with mail; yield the answers."""
    works = [
        lambda: store.account(user, HOMES[user]).open("INBOX").uids,
        lambda: store.account(user, HOMES[user]).open("INBOX").append([message(2)]),
        lambda: store.recover([(user, HOMES[user])], [delivery(user, 3)]),
        lambda: compact.compact_log(store._home(user, HOMES[user]), 1),
        lambda: compact.compact_octets(store._home(user, HOMES[user])),
    ]
    for work in works:
        try:
            yield work()
        except TemporaryFailure as failure:
            yield failure


@pytest.mark.parametrize("boot", [b"b", b"c"], ids=["same start", "after a cut"])
def test_a_file_of_another_version_is_refused_and_not_touched(
    other: Path, tmp_path: Path, boot: bytes, caplog: pytest.LogCaptureFixture
):
    before = chain_of(other)
    folder = "Work" if other.name.startswith("folders") else ""
    store = open_store(tmp_path, boot)

    answers = [*use(store, TIM), *use(store, TIM)]
    outcomes = store.deliver([delivery(TIM, 4, folder), delivery(ANN, 4)])
    store.tidy()
    store.close()

    failures = [str(each) for each in answers if isinstance(each, TemporaryFailure)]
    assert any(f"{other.name} was made by another version" in each for each in failures)
    assert "made by another version of MailMax" in outcomes[0].trouble
    assert outcomes[1].uid, "others go on"
    assert before == chain_of(other)
    said = [each for each in caplog.records if each.levelno == logging.CRITICAL]
    assert [str(other)] == [each.args[0] for each in said], "once"
    assert "left as it is" in said[0].getMessage()


def test_others_use_all_of_their_mail(other: Path, tmp_path: Path):
    store = open_store(tmp_path)

    assert not [a for a in use(store, ANN) if isinstance(a, TemporaryFailure)]

    store.close()


@pytest.mark.parametrize("next_one", [b"", b"x" * 40], ids=["empty", "written to"])
def test_a_log_that_another_version_went_on_in_is_left_to_it(
    tmp_path: Path, next_one: bytes
):
    """It was switched under us: the next generation is not appended to."""
    store = open_store(tmp_path)
    mailbox = store.account(TIM, HOMES[TIM]).open("INBOX")
    mailbox.append([message(1)])
    path = tmp_path / HOMES[TIM] / "log.1.2"
    assert compact.compact_log(open_store(tmp_path, b"d")._home(TIM, HOMES[TIM]), 1)
    path.write_bytes(head_of(path, log.VERSION + 1) + next_one)
    before = path.read_bytes()

    with pytest.raises(TemporaryFailure, match=r"log\.1\.2 was made by another"):
        mailbox.append([message(2)])

    assert before == path.read_bytes()
    store.close()


def test_a_list_that_another_version_went_on_in_is_left_to_it(tmp_path: Path):
    store = open_store(tmp_path)
    account = store.account(TIM, HOMES[TIM])
    home = open_store(tmp_path, b"d")._home(TIM, HOMES[TIM])
    with home.mutex:
        home.roster.read()
        home.roster._has_hole = True
    assert compact.rewrite_roster(home)
    path = tmp_path / HOMES[TIM] / "folders.2"
    path.write_bytes(head_of(path, log.VERSION + 1))
    before = path.read_bytes()

    with pytest.raises(TemporaryFailure, match=r"folders\.2 was made by another"):
        account.create("Work")

    assert before == path.read_bytes()
    store.close()
