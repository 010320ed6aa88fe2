"""``mailmax user test-message``."""

import asyncio
import time

from msgspec.structs import replace

from mailmax.cli.desk import Common, Desk, as_plain
from mailmax.cli.exits import Exit
from mailmax.cli.queue_reading import printed
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.probes import (
    MOST_PATIENCE_MS,
    AskProbe,
    ProbeLanguage,
    ProbeReason,
    ProbeSeen,
    ProbeSent,
    SendProbe,
)

WAIT_S = 30.0
AGAIN_S = 0.5


def send_test_message(
    address: str,
    *,
    language: ProbeLanguage = "en",
    wait: float = WAIT_S,
    common: Common | None = None,
) -> int:
    """Send a user a test message, the way that mail goes, and say where it lies.

    Args:
        address: Whose.
        language: In which it is written.
        wait: Seconds to wait until it is there; 0: only send it.
        common: Options of every command.
    """
    desk = Desk(common)

    async def work(hub: HubClient) -> tuple[ProbeSent, ProbeSeen] | Denied:
        sent = await hub.ask(SendProbe(address, language))
        if isinstance(sent, Denied):
            return sent
        seen = await _wait(hub, AskProbe(address, sent.probe_id), wait)
        return seen if isinstance(seen, Denied) else (sent, seen)

    told = desk.with_hub(work)
    if isinstance(told, Denied):
        desk.deny(told)
    sent, seen = told
    if desk.common.json:
        plain = as_plain(seen)
        del plain["octets"]
        desk.show_json(as_plain(sent) | plain)
    else:
        print(f"sent: {printed(sent.message_id)}")
        print(printed(_words(seen)))
    if seen.state == "waiting":
        return Exit.LATER if wait else Exit.DONE
    return Exit.DONE if seen.state == "delivered" else Exit.NOT_FOUND


async def _wait(hub: HubClient, asked: AskProbe, wait_s: float) -> ProbeSeen | Denied:
    end = time.monotonic() + wait_s
    while True:
        left_ms = max(0, round((end - time.monotonic()) * 1000))
        patience_ms = min(left_ms, MOST_PATIENCE_MS)
        seen = await hub.ask(replace(asked, patience_ms=patience_ms))
        if isinstance(seen, Denied) or seen.state != "waiting" or not left_ms:
            return seen
        await asyncio.sleep(min(AGAIN_S, left_ms / 1000))


def _words(seen: ProbeSeen) -> str:
    if seen.state == "delivered":
        took = "" if seen.took_ms < 0 else f" after {seen.took_ms} ms"
        return f"delivered{took}: {seen.mailbox}, UID {seen.uid}"
    if seen.state == "removed":
        return "it was delivered, and is not in the user's mailboxes any more"
    words = [_REASONS[seen.reason]]
    words += [f"to {address}" for address in seen.addresses]
    words += [f"by the rule {one.name!r} ({one.scope})" for one in seen.rules]
    return ", ".join(words)


_REASONS: dict[ProbeReason, str] = {
    "": "not there yet; look at: mailmax queue list, mailmax status",
    "discarded": "not kept, it is discarded",
    "forwarded": "not kept here, it is forwarded",
    "program": "not there yet, a rule asks a program first: mailmax queue list",
    "moving": "not there yet, the mail of the domain is being moved",
    "queue": "not there yet, QueueMax does not run: mailmax service start queuemax",
}
