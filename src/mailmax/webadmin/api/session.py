"""Signing in and out, and who one is.

Rules:
    A session is made anew at each sign-in; one that the browser had before ends
    (TRUST I8). Wrong passwords are slowed down by the hub, as for every service.

Manual: 7.4, 9.
"""

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import msgspec

from mailmax import __version__
from mailmax.base.result import Reason
from mailmax.hub.contract.logins import LoginRefused
from mailmax.hub.contract.message import Done, Secret
from mailmax.hub.contract.web import (
    AskWebState,
    EndWebSession,
    OpenWebSession,
    RedeemSignInLink,
    SecondFactorWanted,
    WebSessionOpened,
    WebState,
)
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import (
    DomainAdministrator,
    Principal,
    SystemAdministrator,
    Whose,
)
from mailmax.webadmin.identity import caller_of, cookie_of
from mailmax.webadmin.rest.answers import Answer, encoded
from mailmax.webadmin.rest.call import Call, Caller
from mailmax.webadmin.rest.csrf import csrf_token
from mailmax.webadmin.rest.problems import Problem
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_EVERYBODY = nobodys(Whose.EVERYBODY)
_LONGEST_AGENT = 200


class Session(msgspec.Struct, frozen=True):
    """Who asks."""

    signed_in: bool
    role: str = ""
    """system_administrator, domain_administrator or user."""
    name: str = ""
    """Address, or "host password"."""
    domains: list[str] = []
    """That a domain administrator administers."""
    scopes: list[str] | None = None
    """Of an API key; null: not narrowed."""
    csrf_token: str = ""
    """To be sent as X-CSRF-Token with each change."""
    ends_at: str | None = None
    has_second_factor: bool = False
    version: str = __version__
    """Of MailMax; empty for who has not signed in."""
    needs_administrator: bool = False
    """Nobody administers the system yet: ``mailmax admin link`` lets in."""
    has_domains: bool = True


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What signs in: a password, and the code where there is a second factor."""

    login: str = ""
    password: str = ""
    code: str = ""
    """Of the authenticator, or a recovery code."""
    link: str = ""
    """The token of ``mailmax admin link``, in place of all others."""

    def __repr__(self) -> str:
        return "Credentials(…)"


@route(
    "GET /session", scope="session:read", owner=_EVERYBODY, shape=Shape(gives=Session)
)
async def show_session(call: Call) -> Session:
    """Show who is signed in, and the token that changes need."""
    return await _session(call, call.caller)


@route(
    "POST /session",
    scope="session:write",
    owner=_EVERYBODY,
    shape=Shape(
        takes=Credentials,
        gives=Session,
        status=HTTPStatus.CREATED,
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS),
    ),
)
async def sign_in(call: Call) -> Answer:
    """Sign in by address and password, or by a one-time link."""
    opened = await _open(call, call.taken(Credentials))
    if call.caller.token and call.caller.actor.session_id:
        await _end(call)
    exchange = call.exchange
    token = opened.token.value
    caller = caller_of(opened.principal, token, exchange.peer)
    answer = encoded(await _session(call, caller), HTTPStatus.CREATED)
    cookie = cookie_of(token, is_encrypted=exchange.is_encrypted)
    return replace(answer, cookies=(cookie,))


@route("DELETE /session", scope="session:write", owner=_EVERYBODY)
async def sign_out(call: Call) -> Answer:
    """Sign out: the session ends everywhere."""
    if call.caller.actor.session_id:
        await _end(call)
    cookie = cookie_of("", is_encrypted=call.exchange.is_encrypted)
    return Answer(HTTPStatus.NO_CONTENT, cookies=(cookie,))


ROUTES = (show_session, sign_in, sign_out)


async def _end(call: Call) -> None:
    try:
        await call.ask(EndWebSession(Secret(call.caller.token)), Done)
    finally:
        call.caller.forget()


async def _open(call: Call, given: Credentials) -> WebSessionOpened:
    exchange = call.exchange
    agent = exchange.headers.get("user-agent", "")[:_LONGEST_AGENT]
    answer: Any
    if given.link:
        request: Any = RedeemSignInLink(Secret(given.link), exchange.peer, agent)
    else:
        request = OpenWebSession(
            given.login,
            Secret(given.password),
            exchange.peer,
            exchange.is_encrypted,
            Secret(given.code),
            agent,
        )
    answer = await call.hub.ask(request)
    if isinstance(answer, SecondFactorWanted):
        detail = "the code of the authenticator is asked for"
        raise Problem(HTTPStatus.UNAUTHORIZED, "second_factor", detail, "code")
    if isinstance(answer, LoginRefused):
        await asyncio.sleep(answer.retry_after_s)
        if answer.reason == Reason.SERVICE_SUSPENDED.name:
            raise _suspended()
        raise _refused(given)
    if not isinstance(answer, WebSessionOpened):
        raise TypeError(f"the hub answers {type(answer).__name__}")
    return answer


def _suspended() -> Problem:
    detail = "the web is suspended for the domain"
    hint = "ask the administrator; mailmax admin link lets in all the same"
    return Problem(HTTPStatus.FORBIDDEN, "suspended", detail, "login", hint)


def _refused(given: Credentials) -> Problem:
    if given.link:
        detail, hint = (
            "this link opens nothing any more",
            "make one: mailmax admin link",
        )
        return Problem(HTTPStatus.UNAUTHORIZED, "link", detail, "link", hint)
    detail = "address or password is wrong"
    if given.code:
        detail = "address, password or code is wrong"
    hint = "try again"
    return Problem(HTTPStatus.UNAUTHORIZED, "wrong_password", detail, "password", hint)


async def _session(call: Call, caller: Caller) -> Session:
    signed = caller.signed
    if signed is None:
        state = await call.ask(AskWebState(), WebState)
        needs = not state.has_administrator
        return Session(
            signed_in=False,
            version="",
            needs_administrator=needs,
            has_domains=state.has_domains,
        )
    is_key = bool(signed.key_id)
    has_domains = True
    if isinstance(caller.principal, SystemAdministrator):
        has_domains = (await call.ask(AskWebState(), WebState)).has_domains
    return Session(
        signed_in=True,
        role=_role(caller.principal),
        name=signed.name,
        domains=sorted(signed.domains),
        scopes=list(signed.scopes) if is_key else None,
        csrf_token="" if is_key else csrf_token(caller.token),
        ends_at=moment(signed.ends_at),
        has_second_factor=signed.has_totp,
        has_domains=has_domains,
    )


def _role(principal: Principal) -> str:
    if isinstance(principal, SystemAdministrator):
        return "system_administrator"
    if isinstance(principal, DomainAdministrator):
        return "domain_administrator"
    return "user"
