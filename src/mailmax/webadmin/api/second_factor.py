"""Two-step sign-in: enrol, confirm, new recovery codes, turn off.

Rules:
    It is the own of a session's user; a key cannot ask for it. Secret and codes are
    told once. Who looks after a user may turn it off for who lost the authenticator.

Standards: RFC 6238.

Manual: 7.4.
"""

from typing import Annotated

import msgspec

from mailmax.hub.contract.message import Done, Secret
from mailmax.hub.contract.web import (
    BeginTotp,
    ConfirmTotp,
    EndOwnTotp,
    EndTotp,
    RecoveryCodes,
    RenewRecoveryCodes,
    TotpBegun,
)
from mailmax.webadmin.api.rank import check_rank
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import Shape, nobodys, route, users

_OWN = nobodys(Whose.SIGNED_IN)


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the authenticator shows, or where it ends a recovery code."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]

    def __repr__(self) -> str:
        return "Code(…)"


class Enrolment(msgspec.Struct, frozen=True):
    """For the authenticator; nothing holds before it is confirmed."""

    secret: str
    """Base32."""
    uri: str
    """otpauth://totp/…"""

    def __repr__(self) -> str:
        return "Enrolment(…)"


class Codes(msgspec.Struct, frozen=True):
    """Recovery codes: told this once, each opens one session."""

    codes: list[str]

    def __repr__(self) -> str:
        return "Codes(…)"


@route(
    "POST /second_factor",
    scope="second_factor:write",
    owner=_OWN,
    shape=Shape(gives=Enrolment),
)
async def begin_second_factor(call: Call) -> Enrolment:
    """Begin two-step sign-in: a secret for the authenticator."""
    begun = await call.ask(BeginTotp(call.caller.actor), TotpBegun)
    return Enrolment(begun.secret.value, begun.uri.value)


@route(
    "POST /second_factor/confirm",
    scope="second_factor:write",
    owner=_OWN,
    shape=Shape(takes=Code, gives=Codes),
)
async def confirm_second_factor(call: Call) -> Codes:
    """Confirm by a code; from now on one is asked for at each sign-in."""
    code = Secret(call.taken(Code).code)
    found = await call.ask(ConfirmTotp(call.caller.actor, code), RecoveryCodes)
    call.caller.forget()
    return _codes(found)


@route(
    "POST /second_factor/codes",
    scope="second_factor:write",
    owner=_OWN,
    shape=Shape(takes=Code, gives=Codes),
)
async def renew_recovery_codes(call: Call) -> Codes:
    """Make new recovery codes; the old ones hold no more."""
    code = Secret(call.taken(Code).code)
    found = await call.ask(RenewRecoveryCodes(call.caller.actor, code), RecoveryCodes)
    return _codes(found)


@route(
    "POST /second_factor/end",
    scope="second_factor:write",
    owner=_OWN,
    shape=Shape(takes=Code),
)
async def end_second_factor(call: Call) -> None:
    """Turn two-step sign-in off for oneself."""
    code = Secret(call.taken(Code).code)
    await call.ask(EndOwnTotp(call.caller.actor, code), Done)
    call.caller.forget()


@route(
    "DELETE /users/{address}/second_factor",
    scope="users:write",
    owner=users("address"),
    shape=Shape(gives=Carried),
)
async def end_users_second_factor(call: Call) -> Carried:
    """Turn two-step sign-in off for a user who lost the authenticator."""
    address = call.params["address"]
    await check_rank(call, address)
    return carried(await call.change(EndTotp(address)))


ROUTES = (
    begin_second_factor,
    confirm_second_factor,
    renew_recovery_codes,
    end_second_factor,
    end_users_second_factor,
)


def _codes(found: RecoveryCodes) -> Codes:
    return Codes([one.value for one in found.codes])
