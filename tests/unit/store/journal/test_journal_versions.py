"""Journals of another version of MailMax are left as they are; others go on.

A segment of theirs was taken for a spare one, and written over or removed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fix_spools import Node, entry, name_of, read
from mailmax.store.journal import segment


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path, "journal")
    yield node
    node.close()


@pytest.fixture
def journal(node: Node) -> Path:
    """Return a journal whose segments another version made, with mail in it."""
    writer = node.writer()
    writer.commit([entry("theirs", b"octets")])
    node.shut(writer)
    turn(writer.path, segment.VERSION + 1)
    return writer.path


def turn(journal: Path, version: int) -> None:
    """Let all segments of a journal be of a version."""
    for path in journal.glob("*.seg"):
        if path.read_bytes()[:3] == b"MMs":
            path.write_bytes(b"MMs%d" % version + path.read_bytes()[4:])


def octets_in(journal: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in journal.glob("*.seg")}


def test_another_journal_is_written_and_read(node: Node, journal: Path, caplog):
    before = octets_in(journal)

    writer = node.writer()
    writer.commit([entry("ours", b"octets")])
    reader = node.reader()
    found = read(reader, 1)
    reader.done(reader.position())

    assert writer.path.name == "smtpmax.1"
    assert [name_of(record) for record in found] == ["ours"]
    assert reader.unheard(0.5) == frozenset(), "nobody waits for it"
    node.shut(writer)
    assert not read(reader, 1, 0.6)
    assert before == octets_in(journal)
    said = [each for each in caplog.records if "another version" in each.getMessage()]
    assert len(before) >= len(said) >= 1


def test_what_is_known_of_its_position_is_kept(node: Node, journal: Path):
    turn(journal, segment.VERSION)
    reader = node.reader()
    assert read(reader, 1)
    position = reader.position()
    node.shut(reader)
    turn(journal, segment.VERSION + 1)

    reader = node.reader(position=position)
    position = reader.position()
    node.shut(reader)
    turn(journal, segment.VERSION)

    assert octets_in(journal)
    assert not read(node.reader(position=position), 1, 0.3), "it is not read twice"


def test_it_is_read_by_the_version_that_made_it(node: Node, journal: Path):
    node.shut(node.reader())
    turn(journal, segment.VERSION)

    assert [name_of(record) for record in read(node.reader(), 1)] == ["theirs"]
