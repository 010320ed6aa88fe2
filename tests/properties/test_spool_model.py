"""Any course of commits, reads and restarts equals a list (journal and twin)."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fix_spools import Node, entry, eventually, name_of, read
from mailmax.store.spool.port import SpoolReader, SpoolWriter

COMMIT = st.tuples(st.just("commit"), st.lists(st.integers(0, 20_000), max_size=4))
READ = st.tuples(st.just("read"), st.integers(1, 5))
OTHER = st.tuples(
    st.sampled_from(["done", "new writer", "new reader", "forgetful reader"]),
    st.just(0),
)


@pytest.mark.parametrize("kind", ["memory", "journal"])
@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(COMMIT, COMMIT, READ, OTHER), max_size=25))
def test_a_spool_is_a_list(kind: str, steps: list) -> None:
    with tempfile.TemporaryDirectory() as root:
        node = Node(Path(root), kind)
        try:
            Course(node).run(steps)
        finally:
            node.close()


class Course:
    """The spool beside the list."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.writer: SpoolWriter = node.writer()
        self.reader: SpoolReader = node.reader()
        self.committed: list[tuple[str, bytes]] = []
        self.read = 0
        self.done = 0
        self.position = b""

    def run(self, steps: list) -> None:
        for step, what in steps:
            getattr(self, "do_" + step.replace(" ", "_"))(what)
        self.do_read(len(self.committed) - self.read)
        assert self.reader.next() == []
        self.do_done(0)
        assert eventually(lambda: not self.reader.wait(0) and self.writer.lag == 0)

    def do_commit(self, sizes: list[int]) -> None:
        count = len(self.committed)
        group = [(str(count + i), b"%d" % size * size) for i, size in enumerate(sizes)]
        origins = self.writer.commit([entry(name, body) for name, body in group])
        assert len(set(origins)) == len(group)
        self.committed += group

    def do_read(self, limit: int) -> None:
        due = self.committed[self.read : self.read + limit]
        records = read(self.reader, len(due))
        found = [(name_of(r), bytes(self.reader.body(r.body))) for r in records]
        assert found == due
        self.read += len(due)

    def do_done(self, _: int) -> None:
        self.position = self.reader.position()
        self.done = self.read
        self.reader.done(self.position)

    def do_new_writer(self, _: int) -> None:
        self.do_read(len(self.committed) - self.read)  # order holds in one journal
        self.node.shut(self.writer)
        self.writer = self.node.writer()

    def do_new_reader(self, _: int) -> None:
        self.do_done(0)
        self.do_forgetful_reader(0)

    def do_forgetful_reader(self, _: int) -> None:
        self.node.shut(self.reader)
        self.reader = self.node.reader(position=self.position)
        self.read = self.done
