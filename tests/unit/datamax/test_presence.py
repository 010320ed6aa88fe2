"""The guest book: who is here, since when, with whom."""

import pytest

from mailmax.datamax.presence import MISSED_S, MOST_GONE, MOST_SESSIONS, GuestBook
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

    book.leave(guest, 7.0)

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


def test_who_left_is_missed_since_then_until_one_of_its_kind_is_back():
    book = GuestBook()
    first = book.enter(hello("popmax"), 5.0, 0.0)
    book.enter(hello("popmax", "there"), 5.0, 0.0)
    command = book.enter(hello("admin"), 5.0, 0.0)

    book.leave(command, 6.0)
    book.leave(first, 7.0)
    book.leave(first, 8.0)
    gone = book.missed((), 1.0, 9.0)
    book.enter(hello("popmax"), 10.0, 0.0)

    assert gone == {("popmax", "here"): 7.0}
    assert book.missed((), 1.0, 11.0) == {}


def test_of_two_of_a_kind_on_a_node_the_last_is_missed():
    book = GuestBook()
    old, new = (book.enter(hello("popmax"), 5.0, 0.0) for _ in range(2))

    book.leave(old, 6.0)
    early = book.missed((), 1.0, 6.0)
    book.leave(new, 7.0)

    assert early == {}
    assert book.missed((), 1.0, 7.0) == {("popmax", "here"): 7.0}


def test_who_is_expected_is_missed_from_the_start_and_for_ever():
    book = GuestBook()
    expected = [("filer", "here"), ("smtpmax", "here"), ("popmax", "here")]
    book.enter(hello("smtpmax"), 5.0, 0.0)
    for role, node in (("popmax", "here"), ("popmax", "given-up")):
        book.leave(book.enter(hello(role, node), 5.0, 0.0), 6.0)
    late = 6.0 + MISSED_S + 1

    assert book.missed(expected, 1.0, 7.0) == {
        ("filer", "here"): 1.0,
        ("popmax", "given-up"): 6.0,
        ("popmax", "here"): 6.0,
    }
    assert book.missed(expected, 1.0, late) == {
        ("filer", "here"): 1.0,
        ("popmax", "here"): 6.0,
    }


def test_no_more_than_a_thousand_are_missed():
    book = GuestBook()

    for n in range(MOST_GONE + 5):
        book.leave(book.enter(hello("popmax", f"n{n}"), 5.0, 0.0), 6.0 + n)

    missed = book.missed((), 1.0, 7.0)
    assert len(missed) == MOST_GONE
    assert ("popmax", "n4") not in missed
