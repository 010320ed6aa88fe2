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
        session.no(replies.REASONS[Reason.HUB_AWAY])
        return
    if isinstance(answer, LoginAccepted):
        _let_in(session, answer)
    elif isinstance(answer, LoginRefused):
        if answer.retry_after_s > 0:
            await asyncio.sleep(answer.retry_after_s)
        session.no(replies.of_reason(answer.reason))
    else:
        session.no(replies.REASONS[Reason.HUB_AWAY])


def _let_in(session: ImapSession, user: LoginAccepted) -> None:
    if not session.log_in(user):
        session.no(replies.REASONS[Reason.TOO_MANY_CONNECTIONS])
        return
    session.ok("Logged in", f"CAPABILITY {session.capabilities}")
