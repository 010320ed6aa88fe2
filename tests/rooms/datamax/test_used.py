"""What services tell of the mail of users comes into their lines, the newest last."""

import pytest

from mailmax.base.errors import TemporaryFailure
from mailmax.datamax import used_desk
from mailmax.datamax.used_desk import UsedDesk
from mailmax.hub.contract.domains import DomainPage, ListDomains
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied, Done
from mailmax.hub.contract.used import MOST_USED, ReportUsed, Used
from mailmax.hub.contract.users import ListUsers, UserPage


class Teller:
    """A member of some role."""

    def __init__(self, role: str = "filer") -> None:
        self.role = role


class Book:
    """A database that is away until a test says so, and what was written."""

    def __init__(self) -> None:
        self.is_away = True
        self.written: dict = {}

    async def write(self, _, rows) -> None:
        if self.is_away:
            raise TemporaryFailure("away")
        self.written |= {number: held.octets for number, held in rows.items()}


@pytest.mark.manual("2.4")
async def test_what_is_told_is_in_the_lists_of_users_and_domains(any_house):
    desk = await any_house.begin("tim@demo.test", "ann@demo.test")
    filer = await any_house.client("filer")
    write = any_house.hub._logins.used.write
    page = await desk.ask(ListUsers())
    assert [row.used_octets for row in page.rows] == [None, None]
    domains = await desk.ask(ListDomains())
    assert [row.used_octets for row in domains.rows] == [None]
    ann, tim = (row.user_id for row in page.rows)

    told = (Used(tim, 500, 3), Used(ann, 70, 1, 5.0), Used(987_654, 1, 1))
    assert await filer.ask(ReportUsed(told)) == Done()
    assert await filer.ask(ReportUsed((Used(tim, 9, 9, 60.0),))) == Done()
    await write()
    # older than what is written, by another service
    assert await filer.ask(ReportUsed((Used(ann, 1, 1, 60.0),))) == Done()
    await write()

    page = await desk.ask(ListUsers(choice=Choice(sort="used_octets")))
    assert isinstance(page, UserPage)
    shown = [(row.address, row.used_octets, row.used_messages) for row in page.rows]
    assert shown == [("ann@demo.test", 70, 1), ("tim@demo.test", 500, 3)]
    domains = await desk.ask(ListDomains())
    assert isinstance(domains, DomainPage)
    assert [row.used_octets for row in domains.rows] == [570]


@pytest.mark.parametrize(
    ("role", "rows", "field"),
    [
        ("smtpmax", (), "role"),
        ("filer", (Used(1, 1, 1),) * (MOST_USED + 1), "rows"),
        ("filer", (Used(1, -1, 1),), "rows"),
        ("filer", (Used(2**63, 1, 1),), "rows"),
        ("filer", (Used(1, 1, 1, float("nan")),), "rows"),
        ("filer", (Used(1, 1, 1, -5.0),), "rows"),
    ],
)
def test_no_report_is_refused(role, rows, field):
    answer = UsedDesk(Book()).report(Teller(role), ReportUsed(rows))

    assert isinstance(answer, Denied)
    assert answer.field == field


async def test_what_is_too_much_for_the_database_is_dropped(monkeypatch):
    monkeypatch.setattr(used_desk, "MOST_WAITING", 2)
    book = Book()
    desk = UsedDesk(book)
    for number, octets in ((1, 10), (2, 20), (3, 30), (1, 11)):
        assert desk.report(Teller(), ReportUsed((Used(number, octets, 1),))) == Done()
    await desk.write()
    assert book.written == {}

    book.is_away = False
    await desk.write()
    assert book.written == {1: 11, 2: 20}
