"""From a name and a password to a user, or to the words of a refusal.

Rules:
    A wrong password is answered after the delay that the hub asks for; trusted peers
    do not wait (TRUST 3). Only the hub knows why it is wrong.

Standards:
    RFC 4954 §4, §6.
"""

import asyncio

from mailmax.base.errors import Failure
from mailmax.hub.contract import LoginAccepted, LoginRefused, Secret, VerifyLogin
from mailmax.net.conversation import Conversation
from mailmax.smtpmax.replies import LOGIN_LATER, login_refusal
from mailmax.smtpmax.room import Room
from mailmax.wire.sasl.exchange import Credentials
from mailmax.wire.smtp.replies import Reply


async def log_in(
    room: Room, conversation: Conversation, credentials: Credentials
) -> LoginAccepted | Reply:
    """Ask the hub who that is."""
    options = room.options
    request = VerifyLogin(
        login_name=credentials.login_name,
        password=Secret(credentials.password),
        service="smtp",
        peer=conversation.peer,
        encrypted=conversation.encrypted,
        default_domain=options.default_domain(),
    )
    try:
        answer = await room.hub.ask(request)
    except Failure:
        return LOGIN_LATER
    if isinstance(answer, LoginAccepted):
        return answer
    if not isinstance(answer, LoginRefused):
        return LOGIN_LATER
    if not options.is_trusted(conversation.peer):
        await asyncio.sleep(min(answer.retry_after_s, options.longest_login_delay_s))
    return login_refusal(answer.reason)
