"""Grouping: who waits for whom, and what is said when it fails."""

import pytest

from fix_spools import entry, envelope, name_of
from mailmax.base.errors import StorageFull, TemporaryFailure
from mailmax.store.spool import group
from mailmax.store.spool.group import GroupCommit
from mailmax.store.spool.memory import MemorySpool
from mailmax.store.spool.port import Entry


@pytest.mark.parametrize(
    ("trouble", "kind"), [("full", StorageFull), ("broken", TemporaryFailure)]
)
async def test_a_failure_reaches_every_session(trouble: str, kind: type) -> None:
    spool = MemorySpool()
    commits = GroupCommit(spool.writer())
    big = commits.spool.open_big()
    setattr(spool, trouble, True)
    futures = [commits.commit(entry(str(i))) for i in range(5)]
    futures.append(commits.commit(Entry(envelope("big"), big=big)))

    for future in futures:
        with pytest.raises(kind):
            await future

    setattr(spool, trouble, False)
    await commits.commit(entry("later"))
    commits.close()
    assert [name_of(r) for r in spool.reader().next()] == ["later"]


async def test_a_bug_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = MemorySpool().writer()
    commits = GroupCommit(writer)
    monkeypatch.setattr(writer, "commit", lambda _group: 1 / 0)

    with pytest.raises(TemporaryFailure) as caught:
        await commits.commit(entry())

    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    commits.close()


async def test_groups_are_cut_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "GROUP_OCTETS", 1000)
    writer = MemorySpool().writer()
    commit, sizes = writer.commit, []
    monkeypatch.setattr(
        writer, "commit", lambda group: sizes.append(len(group)) or commit(group)
    )
    commits = GroupCommit(writer)
    futures = [commits.commit(entry(str(i), b"x" * 300)) for i in range(40)]

    numbers = [(await future).number for future in futures]
    commits.close()

    assert numbers == list(range(1, 41))
    assert max(sizes) <= 4


async def test_close_finishes_what_was_asked() -> None:
    spool = MemorySpool()
    commits = GroupCommit(spool.writer())
    big = commits.spool.open_big()
    big.write(b"large")
    futures = [commits.commit(Entry(envelope("big"), big=big))]
    futures += [commits.commit(entry(str(i))) for i in range(10)]
    commits.close()

    assert len({await future for future in futures}) == 11
    assert len(spool.reader().next()) == 11


async def test_what_comes_in_one_turn_of_the_loop_is_one_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writer = MemorySpool().writer()
    commit, sizes = writer.commit, []
    monkeypatch.setattr(
        writer, "commit", lambda group: sizes.append(len(group)) or commit(group)
    )
    commits = GroupCommit(writer)

    for future in [commits.commit(entry(str(i))) for i in range(10)]:
        await future
    await commits.commit(entry("alone"))
    commits.close()

    assert sizes == [10, 1]
