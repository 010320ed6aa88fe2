"""Deleting one user's old mail, a slice at a time.

Rules:
    Nothing is held between slices: the user's lock is taken for each record of a
    slice and left before it is synced. What was removed is durable before it is
    counted. Whoever is killed has deleted old mail, and the next run finds the rest.

Limits:
    500 messages a slice; the user's lock is waited for one second.

Manual: 4.1, 6.2.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from mailmax.base.errors import TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.hub.contract.housekeeping import UserWork
from mailmax.policy.housekeeping import old_messages
from mailmax.store.mailboxes.port import Account, Locked, Mailbox, Store

SLICE = 500
LOCK_S = 1.0

DoneT = TypeVar("DoneT")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is too old, and whether it goes."""

    begin: float
    """Of what is not (`policy.housekeeping.begin_of_new`)."""
    spare: bool
    """Flagged messages and drafts stay."""
    dry_run: bool = False


def clean(
    store: Store, work: UserWork, rule: Rule
) -> Generator[tuple[int, int], None, None]:
    """Delete old mail of one user; blocks.

    Args:
        store: Of this node.
        work: Whose.
        rule: Which.

    Yields:
        Messages and octets of a slice, after it is gone.

    Raises:
        Failure: The mail cannot be read or changed; what was told is gone.
    """
    user = UserId(work.user_id)
    if not store.usage(user, work.home).messages:
        return  # nobody is given mailboxes by being looked at
    account = _patiently(lambda: store.account(user, work.home))
    try:
        for folder in account.folders():
            if folder.selectable and not (rule.spare and folder.special_use == _DRAFTS):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    yield from _clean_mailbox(account, folder.name, rule)
    finally:
        account.close()


_DRAFTS = "\\Drafts"


def _clean_mailbox(
    account: Account, name: str, rule: Rule
) -> Iterator[tuple[int, int]]:
    if not account.status(name).messages:
        return
    mailbox = _patiently(lambda: account.open(name, read_only=True))
    try:
        while True:
            mailbox.refresh()
            old = _old(mailbox, rule)
            if rule.dry_run and old:
                yield len(old), sum(mailbox.sizes[place] for place in old)
            if rule.dry_run or not old:
                return
            sizes = {mailbox.uids[at]: mailbox.sizes[at] for at in old[:SLICE]}
            gone = _patiently(lambda: mailbox.remove(list(sizes))).uids  # noqa: B023
            mailbox.sync()
            if not gone:
                return
            yield len(gone), sum(sizes[uid] for uid in gone)
    finally:
        mailbox.close()


def _old(mailbox: Mailbox, rule: Rule) -> list[int]:
    return old_messages(mailbox.dates, mailbox.flags, rule.begin, spare=rule.spare)


def _patiently(work: Callable[[], DoneT]) -> DoneT:
    end = time.monotonic() + LOCK_S
    while True:
        try:
            return work()
        except Locked:
            if time.monotonic() > end:
                raise TemporaryFailure("the mailbox is busy") from None
        time.sleep(0.01)
