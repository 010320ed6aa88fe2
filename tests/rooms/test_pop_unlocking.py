"""A maildrop that a session has is let go by an administrator's order (USR-11)."""

import poplib

import pytest

from fix_pop import PopRoom, client, logged_in
from mailmax.hub.contract.maildrops import FreeMaildrop, MaildropView
from waiting import wait_for


def free(pop: PopRoom, **options) -> MaildropView:
    return pop.run(pop.hub.handlers[FreeMaildrop](FreeMaildrop(7, **options)))


def test_nobody_has_it(pop: PopRoom) -> None:
    assert free(pop).state == "free"

    with logged_in(pop) as pop3:
        pop3.quit()
    wait_for(lambda: not pop.service.sessions)

    assert free(pop).state == "free"


@pytest.mark.manual("12")
def test_the_session_that_has_it_is_ended_and_the_next_gets_it(pop: PopRoom) -> None:
    pop.fill(b"Subject: one\r\n\r\n")
    with logged_in(pop) as ghost:
        assert free(pop, only_show=True).state == "held"
        assert ghost.stat()[0] == 1
        ghost.dele(1)

        freed = free(pop)

        assert (freed.state, freed.peer) == ("freed", "127.0.0.1")
        assert freed.pid
        assert freed.since
        assert b"freed the mailbox" in ghost.file.readline()
        with pytest.raises((poplib.error_proto, OSError)):
            ghost.noop()
        with logged_in(pop) as pop3:
            assert pop3.stat()[0] == 1  # without QUIT nothing is deleted


def test_a_note_that_was_left_is_wiped_out(pop: PopRoom) -> None:
    lock = pop.service._claims / "7.lock"
    lock.write_bytes(b'{"session":1,"address":"192.0.2.1","since":5.0,"pid":9}')

    view = free(pop)

    assert view == MaildropView("ghost", "192.0.2.1", 5.0, 9)
    assert lock.read_bytes() == b""
    assert free(pop).state == "free"


def test_imap_goes_on_beside_it(pop: PopRoom) -> None:
    pop.fill(b"Subject: one\r\n\r\n")
    with logged_in(pop):
        free(pop)

        pop.inbox.refresh()
        assert len(pop.inbox.uids) == 1
        with client(pop) as pop3:
            assert pop3.getwelcome().startswith(b"+OK")
