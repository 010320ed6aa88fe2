"""The guest book: who is here, since when, with whom."""

import pytest

from mailmax.datamax.presence import MOST_SESSIONS, GuestBook
from mailmax.hub.contract.joining import Hello
from mailmax.hub.contract.presence import SessionOpened, SessionPage


def hello(role: str, node: str = "here") -> Hello:
    return Hello(1, role, node, "0.1.0", b"", 42)


def test_services_are_listed_by_role_commands_are_not():
    book = GuestBook()
    for role in ("smtpmax", "admin", "imapmax"):
        book.enter(hello(role), 5.0, 0.0)

    assert [(v.role, v.since, v.pid) for v in book.services()] == [
        ("imapmax", 5.0, 42),
        ("smtpmax", 5.0, 42),
    ]


def test_who_left_is_gone_with_all_sessions():
    book = GuestBook()
    guest = book.enter(hello("popmax"), 5.0, 0.0)
    book.session_opened(guest, SessionOpened(1, "pop3", "192.0.2.1"), 6.0)

    book.leave(guest)

    assert book.services() == ()
    assert book.sessions("", 10) == SessionPage((), 0)


def test_a_session_keeps_its_beginning_and_learns_its_user():
    book = GuestBook()
    guest = book.enter(hello("popmax"), 5.0, 0.0)
    book.session_opened(guest, SessionOpened(1, "pop3", "192.0.2.1"), 6.0)
    book.session_opened(guest, SessionOpened(1, "pop3", "192.0.2.1", "tim@x"), 9.0)

    page = book.sessions("", 10)

    [view] = page.rows
    assert (view.address, view.since, page.total) == ("tim@x", 6.0, 1)


def test_sessions_are_listed_page_by_page_the_oldest_first_and_all_are_counted():
    book = GuestBook()
    pop, imap = (book.enter(hello(role), 5.0, 0.0) for role in ("popmax", "imapmax"))
    for n in range(5):
        book.session_opened(pop, SessionOpened(n, "pop3", "p"), 10.1 - n)
        book.session_opened(imap, SessionOpened(n, "imap", "p"), 7.1)

    pages = [book.sessions("", 3)]
    while pages[-1].next:
        pages.append(book.sessions(pages[-1].next, 3))
        imap.sessions.pop(0, None)  # who leaves meanwhile shifts nobody

    assert [len(page.rows) for page in pages] == [3, 3, 3, 1]
    assert [page.total for page in pages] == [10, 10, 9, 9]
    since = [view.since for page in pages for view in page.rows]
    assert since == sorted(since)
    assert since.count(7.1) == 6


@pytest.mark.parametrize("after", ["x", "1/2", "1/2/x", "1/2/3/4", "/" * 1000])
def test_what_is_no_place_in_the_list_is_refused(after):
    with pytest.raises(ValueError, match=r"."):
        GuestBook().sessions(after, 3)


def test_sessions_are_bounded():
    book = GuestBook()
    guest = book.enter(hello("popmax"), 5.0, 0.0)
    for n in range(MOST_SESSIONS + 5):
        book.session_opened(guest, SessionOpened(n, "pop3", "p"), 1.0)

    assert len(guest.sessions) == MOST_SESSIONS


def test_the_silent_are_found():
    book = GuestBook()
    quiet = book.enter(hello("popmax"), 5.0, 0.0)
    loud = book.enter(hello("imapmax"), 5.0, 0.0)
    loud.heard_at = 100.0

    assert book.silent(121.0, 120.0) == {quiet}
    assert book.silent(120.0, 120.0) == set()
