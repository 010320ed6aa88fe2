"""The guest book: who is here, since when, with whom."""

from mailmax.datamax.presence import MOST_SESSIONS, GuestBook
from mailmax.hub.contract import Hello, SessionOpened


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
    assert book.sessions(10) == ((), 0)


def test_a_session_keeps_its_beginning_and_learns_its_user():
    book = GuestBook()
    guest = book.enter(hello("popmax"), 5.0, 0.0)
    book.session_opened(guest, SessionOpened(1, "pop3", "192.0.2.1"), 6.0)
    book.session_opened(guest, SessionOpened(1, "pop3", "192.0.2.1", "tim@x"), 9.0)

    [view], total = book.sessions(10)

    assert (view.address, view.since, total) == ("tim@x", 6.0, 1)


def test_only_a_page_is_shown_but_all_are_counted():
    book = GuestBook()
    guest = book.enter(hello("popmax"), 5.0, 0.0)
    for n in range(5):
        book.session_opened(guest, SessionOpened(n, "pop3", "p"), 10.0 - n)

    views, total = book.sessions(2)

    assert [view.since for view in views] == [6.0, 7.0]
    assert total == 5


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
