"""The audit log in pages, with each engine (manual 7.4)."""

import base64
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import event

from mailmax.datamax.audit import list_audit
from mailmax.hub.contract.audit import AUDIT_COLUMNS, AuditPage, ListAudit
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import audit_units
from mailmax.store.accounts.database import Database

ENTRIES = 9
KEYS = (0, 1.5, 2**31, 2**63 - 1, -(2**63), 2**64 - 1, 1e308, "", "\0", None)
MARKS = (1, 1.5, 2**63 - 1, 2**64 - 1, "x", None)


@pytest.fixture
def database(any_database: Database) -> Database:
    for number in range(ENTRIES):
        any_database.run(audit_units.add_entry, entry(number))
    return any_database


def entry(number: int) -> dict[str, object]:
    texts = dict.fromkeys(("actor_kind", "key_name", "before", "after", "reason"), "")
    return texts | {
        "at": float(number + 1),
        "actor": f"{'aB'[number % 2]}@one.test",
        "peer": "127.0.0.1",
        "request": "AddBan",
        "subject": f"ß{number % 4}",
        "result": "done",
    }


def pages(database: Database, limit: int, **wanted) -> Iterator[AuditPage]:
    after = ""
    while True:
        page = database.run(list_audit, ListAudit(after, limit, **wanted))
        assert isinstance(page, AuditPage), page
        yield page
        if not page.next:
            return
        after = page.next


@pytest.mark.parametrize("column", AUDIT_COLUMNS)
@pytest.mark.parametrize("is_descending", [False, True])
def test_pages_make_the_whole_log_in_order(database, column, is_descending):
    wanted = {"sort": column, "is_descending": is_descending}
    (whole,) = pages(database, 100, **wanted)

    found = [row for page in pages(database, 2, **wanted) for row in page.rows]

    assert found == list(whole.rows)
    assert len({row.number for row in found}) == ENTRIES
    values = [str(getattr(row, column)).lower() for row in found]
    assert values == sorted(values, reverse=is_descending)


def test_a_page_is_whole_while_old_entries_are_removed(database):
    """With PostgreSQL a second statement sees what was removed after the first."""
    other = Database(database.url.render_as_string(hide_password=False))

    def drop(_: object, __: object, statement: str, *___: object) -> None:
        if "audit" in statement:
            other.run(audit_units.drop_older, 4.5)

    event.listen(database._engine, "after_cursor_execute", drop)
    try:
        page = database._run(False, list_audit, ListAudit(limit=3, sort="at"))
    finally:
        other.close()

    assert [row.at for row in page.rows] == [1.0, 2.0, 3.0]
    assert page.next


@pytest.mark.parametrize("column", AUDIT_COLUMNS)
def test_a_cursor_that_was_made_up_is_refused_or_a_place(database, column):
    for key in KEYS:
        for mark in MARKS:
            told = msgspec.msgpack.encode((column, False, key, mark))
            after = base64.urlsafe_b64encode(told).decode().rstrip("=")
            page = database.run(list_audit, ListAudit(after, 2, sort=column))
            assert isinstance(page, AuditPage | Denied), (key, mark)
