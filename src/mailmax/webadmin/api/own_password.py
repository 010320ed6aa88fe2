"""Whoever changes their own password says the one that holds now.

Theory:
    A session that somebody left open, or a stolen cookie, must not become the account
    itself. The old password is checked by the same desk as every login: wrong ones
    cost the same delays.

Manual: 7.1; OWASP ASVS 5.0, 6.2.3.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.logins import LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import ShowUser
from mailmax.webadmin.authorize import Anonymous, is_same
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.problems import Problem

_SERVICE = "web"


async def check_current(call: Call, address: str, current: str) -> None:
    """Let it pass where the password is another's, or the old one is right.

    Raises:
        Problem: It is one's own, and `current` is not it.
    """
    principal = call.principal
    if isinstance(principal, Anonymous) or not principal.address:
        return
    own = principal.address
    detail = await call.ask(ShowUser(address), Detail)
    if not is_same(detail.name, own):
        return
    peer, encrypted = call.exchange.peer, call.exchange.is_encrypted
    login = VerifyLogin(own, Secret(current), _SERVICE, peer, encrypted)
    answer: Any = await call.hub.ask(login)
    if not isinstance(answer, LoginRefused):
        return
    await asyncio.sleep(answer.retry_after_s)
    raise Problem(
        HTTPStatus.FORBIDDEN,
        "current_password",
        "this is not the password that holds now",
        "current",
        "without it, an administrator sets a new one",
    )
