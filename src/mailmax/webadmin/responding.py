"""One answer to one request: every header, every mistake.

Theory:
    Whatever happens while a request is answered, one answer leaves, with the headers
    that protect our pages.

Rules:
    A mistake of ours is logged whole and answered with nothing of it.

Standards: RFC 9110, CSP Level 3.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import lru_cache
from http import HTTPStatus

from mailmax.base.errors import Failure
from mailmax.webadmin.rest.answers import Answer, of_problem
from mailmax.webadmin.rest.exchange import Exchange, Receive, Scope, Send, read_head
from mailmax.webadmin.rest.problems import Problem, of_failure

CSP = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (  # RFC 9110 §5.6.7: English, whatever the locale is
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_HSTS = "max-age=31536000"

_log = logging.getLogger("webadmin")


async def respond(
    answer_to: Callable[[Exchange], Awaitable[Answer]],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Answer one request (ASGI).

    Args:
        answer_to: Makes the answer, or raises why there is none.
        scope: The request.
        receive: Gives its body.
        send: Takes the answer.
    """
    try:
        answer = await answer_to(read_head(scope, receive))
    except Problem as problem:
        answer = of_problem(problem)
    except Failure as failure:
        answer = of_problem(of_failure(failure))
    except Exception:  # noqa: BLE001 - a bug of one route ends no connection
        _log.exception("%s %r failed", scope["method"], scope["path"][:200])
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        answer = of_problem(Problem(status, "mistake", "that is a mistake of ours"))
    await _send(answer, scope, (receive, send))


async def _send(answer: Answer, scope: Scope, ways: tuple[Receive, Send]) -> None:
    receive, send = ways
    is_stream = not isinstance(answer.body, bytes)
    headers = {"Cache-Control": "no-store", **_HEADERS, "Date": _now()}
    headers |= answer.headers
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _HSTS
    if answer.media_type:
        headers["Content-Type"] = answer.media_type
    if isinstance(answer.body, bytes) and answer.status != HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(len(answer.body))
    if answer.status == HTTPStatus.NO_CONTENT:
        del headers["Content-Length"]
    pairs = [(name.lower(), value) for name, value in headers.items()]
    pairs += [("set-cookie", cookie) for cookie in answer.cookies]
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in pairs]
    await send(
        {"type": "http.response.start", "status": int(answer.status), "headers": raw}
    )
    if scope["method"] == "HEAD" or not is_stream:
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})
        return
    if not isinstance(answer.body, bytes):
        await _stream(answer.body, receive, send)


def _now() -> str:
    return _imf_date(int(time.time()))


@lru_cache(maxsize=1)
def _imf_date(second: int) -> str:
    at = time.gmtime(second)
    day, month = _DAYS[at.tm_wday], _MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {time.strftime('%Y %H:%M:%S', at)} GMT"


async def _stream(pieces: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send what comes, until it ends or nobody is there any more."""
    sending = asyncio.create_task(_send_all(pieces, send))
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended = sending.done()
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)
    if ended:
        sending.result()


async def _send_all(pieces: AsyncIterator[bytes], send: Send) -> None:
    try:
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
