"""From a name and a password to a user, or to the words of a refusal.

Rules:
    A wrong password is answered after the delay that the hub asks for; trusted peers
    do not wait (TRUST 3). Only the hub knows why it is wrong.

Standards:
    RFC 4954 §4, §6.
"""

import asyncio

from mailmax.base.errors import Failure
from mailmax.hub.contract.logins import LoginAccepted, LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.net.conversation import Conversation
from mailmax.policy.access import Access
from mailmax.smtpmax.replies import LOGIN_LATER, login_refusal
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.sending import may_be_known, sending_rules
from mailmax.wire.sasl.exchange import Credentials
from mailmax.wire.smtp.replies import Reply
from mailmax.wire.smtp.server import SmtpServer
from mailmax.wire.smtp.states import Mode


def consider_logins(machine: SmtpServer, room: Room, access: Access, peer: str) -> None:
    """Decide whether a client may log in on this line, whether it must, what it may."""
    machine.may_log_in = machine.encrypted or access.is_exempt
    machine.login_is_off = sending_rules(room).smtp_auth == "none"
    submission = machine.offers.mode is Mode.SUBMISSION
    if machine.offers.mode is not Mode.LMTP:
        machine.longest_hold_s = room.longest_hold_s
    machine.needs_login = (
        submission and not access.needs_no_login and not may_be_known(room, peer)
    )
    machine.is_lenient = access.is_exempt
    machine.must_wait = machine.offers.mode is Mode.RELAY and not access.is_exempt


async def log_in(
    room: Room,
    conversation: Conversation,
    credentials: Credentials,
    default_domain: str,
    *,
    exempt: bool,
) -> LoginAccepted | Reply:
    """Ask the hub who that is.

    Args:
        room: The hub.
        conversation: With the client.
        credentials: What it gave.
        default_domain: Of the door that it came by.
        exempt: It is trusted: nothing is delayed.
    """
    options = room.options
    request = VerifyLogin(
        login_name=credentials.login_name,
        password=Secret(credentials.password),
        service="smtp",
        peer=conversation.peer,
        encrypted=conversation.encrypted,
        default_domain=default_domain,
        is_exempt=exempt,
    )
    try:
        answer = await room.hub.ask(request)
    except Failure:
        return LOGIN_LATER
    if isinstance(answer, LoginAccepted):
        return answer
    if not isinstance(answer, LoginRefused):
        return LOGIN_LATER
    room.counters.failed_logins += 1
    if not exempt:
        await asyncio.sleep(min(answer.retry_after_s, options.longest_login_delay_s))
    return login_refusal(answer.reason)
