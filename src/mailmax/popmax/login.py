"""From a name and a proof to a maildrop, or to the words of a refusal.

    ask the hub -> wait as long as it says -> claim the maildrop -> open INBOX

Rules:
    A wrong password is answered after the delay that the hub asks for, and only the
    hub knows why it is wrong. A maildrop is claimed after the password was right, so
    nobody learns from "in use" that a user exists.

Standards:
    RFC 1939 §4, RFC 2449 §8.1.1 (IN-USE).
"""

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.ids import UserId
from mailmax.base.result import Reason
from mailmax.hub.contract.logins import (
    LoginAccepted,
    LoginRefused,
    VerifyApop,
    VerifyLogin,
)
from mailmax.popmax.claim import Claim, Holder, claim_maildrop
from mailmax.popmax.maildrop import Maildrop, retry_locked
from mailmax.popmax.replies import REFUSALS, Words, failure_words, refusal
from mailmax.popmax.room import Room
from mailmax.store.mailboxes.port import Account


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody is in."""

    who: LoginAccepted
    drop: Maildrop


async def log_in(
    room: Room, request: VerifyLogin | VerifyApop, session: int
) -> Login | Words:
    """Let a client in, or say why not."""
    try:
        answer = await room.hub.ask(request)
    except Failure:
        return REFUSALS[Reason.HUB_AWAY]
    if isinstance(answer, LoginRefused):
        room.counters.failed_logins += 1
        await asyncio.sleep(min(answer.retry_after_s, room.options.login_idle_s))
        return refusal(answer.reason)
    if not isinstance(answer, LoginAccepted):
        return REFUSALS[Reason.HUB_AWAY]
    room.counters.logins += 1
    try:
        return await _enter(room, answer, Holder(
            session=session, address=request.peer, since=time.time(), pid=os.getpid()
        ))  # fmt: skip
    except Failure as failure:
        return failure_words(failure)


async def _enter(room: Room, who: LoginAccepted, me: Holder) -> Login | Words:
    claim = claim_maildrop(room.options.claims, who.user_id, me)
    if isinstance(claim, Holder):
        return _in_use(claim)
    try:
        return Login(who, await _open(room, who, claim))
    except BaseException:
        claim.release()
        raise


async def _open(room: Room, who: LoginAccepted, claim: Claim) -> Maildrop:
    opened: list[Account] = []
    await retry_locked(
        lambda: opened.append(room.store.account(UserId(who.user_id), who.home))
    )
    account = opened[0]
    try:
        if not account.is_ready("INBOX"):
            await asyncio.to_thread(account.prepare, "INBOX")
        mailbox = account.open("INBOX")
    except FileNotFoundError as missing:
        account.close()
        raise TemporaryFailure("the maildrop cannot be read now") from missing
    try:
        mailbox.refresh()
        sizes = await room.sizes.measure(who.user_id, mailbox)
        return Maildrop(account, mailbox, sizes, claim)
    except BaseException:
        mailbox.close()
        account.close()
        raise


def _in_use(holder: Holder) -> Words:
    text, code = REFUSALS[Reason.MAILDROP_IN_USE]
    if not holder.since:
        return text, code
    since = datetime.fromtimestamp(holder.since, UTC)
    return f"{text} since {since:%Y-%m-%d %H:%M:%S} UTC", code
