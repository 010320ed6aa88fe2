"""The filing thread asks tables that the loop is changing."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from mailmax.base.address import Address
from mailmax.bootstrap.roles import filer
from mailmax.hub.contract.rows import DomainRow, UserRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.tables import Tables
from mailmax.policy import recipients

TIM = UserRow(1, "tim@demo.test", "demo.test/aa/tim~1")
DEMO = DomainRow(1, "demo.test")
ADDRESS = Address("tim", "demo.test")


async def test_nothing_is_concluded_from_half_a_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = Tables()
    tables.apply(TableUpdate(b"e", 1, True, domains=(DEMO,), users=(TIM,)))
    asked = filer._Tables(SimpleNamespace(tables=tables))
    resolve, looked = recipients.resolve, threading.Event()
    answers: list[object] = []

    def watched(*of: object) -> object:
        answers.append(resolve(*of))
        looked.set()
        return answers[-1]

    monkeypatch.setattr(recipients, "resolve", watched)
    with ThreadPoolExecutor(1) as thread:
        found: list[Future[object]] = []

        def users_while_somebody_asks() -> Iterator[UserRow]:
            found.append(thread.submit(asked.owner_of, ADDRESS))
            assert looked.wait(60)
            yield TIM

        tables.apply(
            TableUpdate(
                b"f", 1, True, domains=(DEMO,), users=users_while_somebody_asks()
            )
        )

        assert await asyncio.wrap_future(found[0]) is TIM
    assert answers == [recipients.NoUser.UNKNOWN, TIM]


async def test_between_two_changes_the_loop_is_not_asked() -> None:
    tables = Tables()
    tables.apply(TableUpdate(b"e", 1, True, domains=(DEMO,), users=(TIM,)))
    asked = filer._Tables(SimpleNamespace(tables=tables))

    # The loop stands still meanwhile: it could not answer.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asked.owner_of, ADDRESS).result(10) is TIM
        assert thread.submit(asked.user_by_id, 1).result(10) is TIM
        elsewhere = thread.submit(asked.owner_of, Address("a", "else.test")).result(10)
    assert elsewhere is recipients.NoUser.ELSEWHERE
