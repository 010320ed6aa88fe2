"""Parts of SMTPMax without a loop: words, ledger, trace lines."""

import pytest

from mailmax.base.address import Address
from mailmax.base.errors import PermanentFailure, StorageFull, TemporaryFailure
from mailmax.base.result import Reason, Refusal
from mailmax.smtpmax import replies
from mailmax.smtpmax.received import (
    Arrival,
    has_too_many_hops,
    protocol_word,
    received_line,
    return_path,
)
from mailmax.smtpmax.room import Options
from mailmax.smtpmax.unfiled_mail import Unfiled
from mailmax.smtpmax.watch import look_at
from smtp_script import ScriptedRoom

ELSEWHERE = {Reason.MAILDROP_IN_USE}
"""Reasons that no SMTP client can meet."""


@pytest.mark.parametrize("reason", [r for r in Reason if r not in ELSEWHERE])
def test_every_reason_has_a_reply(reason):
    reply = replies.reply_to(Refusal(reason))
    assert reply.code in range(400, 600)
    assert reply.enhanced.startswith(f"{reply.code // 100}.")
    assert reply.text


def test_the_words_are_those_that_were_promised():
    def words(reason):
        reply = replies.REPLIES[reason]
        return reply.code, reply.enhanced

    assert words(Reason.UNKNOWN_USER) == (550, "5.1.1")
    assert words(Reason.RELAY_DENIED) == (550, "5.7.1")
    assert words(Reason.MESSAGE_TOO_LARGE) == (552, "5.3.4")
    assert words(Reason.MAILBOX_FULL) == (552, "5.2.2")
    assert words(Reason.STORAGE_FULL) == (452, "4.3.1")
    assert words(Reason.TOO_MANY_HOPS) == (554, "5.4.6")


def test_failures_are_temporary_unless_they_are_not():
    assert replies.failure_reply(StorageFull("x")).code == 452
    assert replies.failure_reply(TemporaryFailure("x")).code == 451
    assert replies.failure_reply(PermanentFailure("x")).code == 554


@pytest.mark.parametrize(
    "reason",
    ["AUTHENTICATION_FAILED", "UNKNOWN_USER", "USER_DISABLED"],
)
def test_logins_are_refused_with_one_answer(reason):
    """TRUST G3."""
    assert replies.login_refusal(reason) == replies.Reply(
        535, "5.7.8", "Wrong name or password"
    )


def test_reasons_of_a_newer_hub_are_temporary():
    assert replies.login_refusal("SOMETHING_NEW").code == 454
    assert replies.login_refusal("HUB_AWAY").code == 454


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ("", "SMTP"),
        ("extended", "ESMTP"),
        ("extended encrypted", "ESMTPS"),
        ("extended logged_in", "ESMTPA"),
        ("extended encrypted logged_in", "ESMTPSA"),
        ("extended smtputf8 encrypted logged_in", "UTF8SMTPSA"),
        ("extended lmtp", "LMTP"),
        ("extended lmtp smtputf8", "UTF8LMTP"),
    ],
)
def test_protocol_words(facts, word):
    """RFC 3848, RFC 6531 §4.3."""
    names = ("lmtp", "extended", "smtputf8", "encrypted", "logged_in")
    assert protocol_word(**{name: name in facts.split() for name in names}) == word


def test_trace_lines():
    assert return_path(None) == b"Return-Path: <>\r\n"
    assert return_path(Address("a b", "x.test")) == b'Return-Path: <"a b"@x.test>\r\n'
    line = received_line(Arrival("h(\r\n", "::1", "ESMTP", 0), "mx.test", "id1", "")
    assert line.count(b"\r\n") == 3
    assert b"from h ([IPv6:::1])" in line


def test_hops_are_counted_in_the_header_only():
    ours = b"Return-Path: <>\r\nReceived: ours\r\n"
    hop = b"RECEIVED: from x\r\n"
    body = b"\r\n" + hop * 50

    assert not has_too_many_hops([ours + hop * 30 + body], 30)
    assert has_too_many_hops([ours + hop * 31 + body], 30)
    assert has_too_many_hops([ours, hop * 31], 30)
    assert not has_too_many_hops([ours, b"Received-SPF: x\r\n" * 40], 30)


class Watched:
    """A session as the watch sees it."""

    def __init__(self):
        self.machine = ScriptedRoom().machine
        self.watched = (0, 0.0)
        self.is_told = True
        self.command_idle_s = 300.0
        self.ended = False

    def time_out(self):
        self.ended = True


OPTIONS = Options(lambda: "mx.test", data_idle_s=180.0)


def watch_while(session, feed, *, until):
    """Look every minute; return the minute in which the session was ended."""
    for minute in range(until):
        feed(minute)
        look_at(session, 1000.0 + minute * 60, OPTIONS)
        if session.ended:
            return minute
    return None


def test_half_a_command_is_no_progress_and_whole_ones_are():
    session = Watched()
    room = ScriptedRoom()
    session.machine = room.machine
    assert watch_while(session, lambda _: room.feed(b"N"), until=20) == 6

    session = Watched()
    room = ScriptedRoom()
    session.machine = room.machine
    assert watch_while(session, lambda _: room.feed(b"NOOP\r\nNO"), until=1) is None
    assert watch_while(session, lambda _: room.feed(b"OP\r\nNO"), until=20) is None


@pytest.mark.parametrize(("octets", "minute"), [(100 * 60, None), (90 * 60, 4)])
def test_a_message_must_come_at_some_speed(octets, minute):
    session = Watched()
    room = ScriptedRoom()
    session.machine = room.machine
    room.feed(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<tim@demo.test>\r\nDATA\r\n")
    found = watch_while(session, lambda _: room.feed(b"x" * octets), until=20)
    assert found == minute


class Filer:
    passed = 0


def test_mail_under_way_counts_once():
    filer = Filer()
    ledger = Unfiled(lambda: filer.passed)

    assert ledger.held(7, 100) == 100
    ledger.reserve(7, 100, 50)
    ledger.reserve(7, 100, 30)
    assert ledger.held(7, 100) == 180
    ledger.keep(1, 50, [7])
    ledger.keep(2, 30, [7])
    assert ledger.held(7, 150) == 180  # one is filed, not passed
    filer.passed = 1
    assert ledger.held(7, 150) == 180
    filer.passed = 2
    assert ledger.held(7, 20) == 20  # the user has cleaned up


def test_mail_that_was_not_committed_does_not_count():
    ledger = Unfiled(lambda: 0)
    ledger.reserve(7, 100, 50)
    ledger.reserve(7, 100, 30)
    ledger.release(50, [7])
    assert ledger.held(7, 100) == 130
    ledger.release(30, [7])
    assert ledger.held(7, 100) == 100
