"""LOGIN and AUTHENTICATE (RFC 3501 §6.2.2, §6.2.3).

Rules:
    A refusal is answered after the delay the hub asks for, in one text for every
    cause. A hub that is away is `UNAVAILABLE`, never a wrong password (TRUST D12).
"""

import asyncio

from mailmax.base.errors import Failure
from mailmax.base.result import Reason
from mailmax.hub.contract.logins import LoginAccepted, LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.imapmax import replies
from mailmax.imapmax.session import ImapSession
from mailmax.wire.imap.commands.login import Login


async def perform(session: ImapSession, command: Login) -> None:
    """Ask the hub; let the user in."""
    talk = session.conversation
    request = VerifyLogin(
        command.login_name,
        Secret(command.password),
        "imap",
        talk.peer,
        talk.encrypted,
        session.entrance.default_domain,
        session.access.is_exempt,
    )
    try:
        answer = await session.room.hub.ask(request)
    except Failure:
        _refuse(session, command, replies.REASONS[Reason.HUB_AWAY])
        return
    if isinstance(answer, LoginAccepted):
        _let_in(session, command, answer)
    elif isinstance(answer, LoginRefused):
        session.room.counters.failed_logins += 1
        if answer.retry_after_s > 0:
            await asyncio.sleep(answer.retry_after_s)
        _refuse(session, command, replies.of_reason(answer.reason))
    else:
        _refuse(session, command, replies.REASONS[Reason.HUB_AWAY])


def _refuse(session: ImapSession, command: Login, why: replies.No) -> None:
    if session.dialogue is not None:
        name, way = command.login_name, command.mechanism or "LOGIN"
        session.dialogue.login_failed(name, way, why.text)
    session.no(why)


def _let_in(session: ImapSession, command: Login, user: LoginAccepted) -> None:
    session.room.counters.logins += 1
    if not session.log_in(user):
        _refuse(session, command, replies.REASONS[Reason.TOO_MANY_CONNECTIONS])
        return
    if session.dialogue is not None:
        session.dialogue.logged_in(user.address, command.mechanism or "LOGIN")
    session.ok("Logged in", f"CAPABILITY {session.capabilities}")
