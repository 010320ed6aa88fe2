"""``mailmax demo``: the whole suite on loopback, without root and without questions.

Theory:
    A node directory (temporary, or the one that was named) with the domain
    ``demo.test`` is set up, the suite is supervised as always, and one process more
    stands beside it: it is the sink that takes outbound mail, waits until all is
    ready, hands in the sample mail and prints the box.

Rules:
    Nothing listens anywhere but on 127.0.0.1, and nothing is ever sent elsewhere.
    A temporary directory is removed at the end; one that was named is kept, and used
    again by the next demo.
"""

import asyncio
import os
import shutil
import signal
import smtplib
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from mailmax.base.errors import Failure
from mailmax.bootstrap.node import Node
from mailmax.bootstrap.only_one import AlreadyRunningError
from mailmax.bootstrap.sockets import CannotListenError
from mailmax.bootstrap.suite import ExtraRole, serve
from mailmax.cli import samples
from mailmax.cli.answers import Answers, UserAnswer, check_base_port
from mailmax.cli.endings import exit_of
from mailmax.cli.exits import Exit
from mailmax.cli.founder import set_up
from mailmax.cli.service_user import for_a_while
from mailmax.cli.signing_in import make_link_when_ready
from mailmax.cli.sink import Sink
from mailmax.cli.web_places import sign_in_address, web_places
from mailmax.hub.contract.joining import ADMIN
from mailmax.hub.contract.settings import SetSetting
from mailmax.message import dates
from mailmax.settings.local import FILE_NAME, STANDARD_PORTS, LocalSettings, load_local
from mailmax.settings.system.logs import LOG_NAMES
from mailmax.settings.web import WEB_PORT

_ADDRESS = "127.0.0.1"
_DOMAIN = "demo.test"
_PASSWORD = "demo"  # noqa: S105 - printed in the box
_BASE_PORT = 2000
_SINK_PORT = 26
_BACKLOG = 256
_READY_S = 60.0


def run_demo(root: Path | None, base_port: int | None) -> None:
    """Run the demo until Ctrl-C.

    Args:
        root: Directory to use and keep; None for a temporary one.
        base_port: Added to the standard ports; None for those that the directory
            has, else the usual ones.
    """
    began = time.monotonic()
    try:
        if base_port is not None and (bad := check_base_port(base_port)) is not None:
            _end(str(bad), Exit.USAGE)
        with _directory(root) as node_dir:
            _run(node_dir, base_port, began)
    except (Failure, OSError, CannotListenError, AlreadyRunningError) as failure:
        _end(str(failure), exit_of(failure))


def _run(root: Path, base_port: int | None, began: float) -> None:
    chosen = _BASE_PORT if base_port is None else base_port
    is_new = not (root / FILE_NAME).exists()
    if not is_new:
        kept = load_local(root).base_port
        if base_port not in {None, kept}:
            reason = f"{root} has {kept} already"
            _end(f"base_port: {reason}; leave it out, or use another --dir", Exit.USAGE)
        chosen = kept
    sink = _bind(chosen, is_new=is_new)
    if is_new:
        set_up(root, _answers(chosen, for_a_while(root)))
    local = load_local(root)
    demo = ExtraRole(lambda: asyncio.run(_stand_by(local, sink, began)), sink)
    serve(root, extra={"demo": demo}, to_terminal=False)


async def _keep_logs(local: LocalSettings) -> None:
    """Let the services write logs, so that a click on a graph leads to lines."""
    hub = Node(local).hub(ADMIN, frozenset())
    await hub.start(_READY_S)
    try:
        for name in LOG_NAMES.values():
            await hub.ask(SetSetting(f"{name}_log_rate", "daily"))
    finally:
        await hub.stop()


def _bind(base_port: int, *, is_new: bool) -> socket.socket:
    """Return the sink's socket; the services' ports are free, too.

    Raises:
        CannotListenError: One of them is not; names the cure.
    """
    for standard in (*STANDARD_PORTS.values(), WEB_PORT):
        _listen(base_port + standard, is_new=is_new).close()
    return _listen(base_port + _SINK_PORT, is_new=is_new)


def _listen(port: int, *, is_new: bool) -> socket.socket:
    try:
        return socket.create_server((_ADDRESS, port), backlog=_BACKLOG)
    except OSError as error:
        cure = 'use another base port, as in: make demo DEMO="--base-port 12000"'
        if not is_new:
            cure = "stop who has it, or use another --dir and --base-port"
        words = f"base_port: cannot listen on {_ADDRESS} port {port}"
        raise CannotListenError(
            f"{words} ({os.strerror(error.errno or 0)}); {cure}"
        ) from error


def _end(words: str, code: Exit) -> NoReturn:
    print(f"mailmax demo: {words}", file=sys.stderr)
    sys.exit(code)


@contextmanager
def _directory(root: Path | None) -> Iterator[Path]:
    if root is not None:
        yield root
        return
    made = Path(tempfile.mkdtemp(prefix="mailmax-demo-"))
    try:
        made.chmod(0o711)  # the services may be another user
        yield made / "node"
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _answers(base_port: int, run_as: str) -> Answers:
    return Answers(
        domain=_DOMAIN,
        ip=_ADDRESS,
        base_port=base_port,
        hostname=f"mail.{_DOMAIN}",
        trust_loopback=True,
        run_as=run_as,
        smart_host=f"{_ADDRESS}:{base_port + _SINK_PORT}",
        users=(
            UserAnswer("tim", password=_PASSWORD),
            UserAnswer("admin", password=_PASSWORD, administrator=True),
        ),
    )


async def _stand_by(local: LocalSettings, bound: socket.socket, began: float) -> None:
    """Be the sink, and show the house once it is open."""
    asked_to_stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked_to_stop.set)
    sink = Sink(bound)
    await sink.start()
    token = await make_link_when_ready(local, _READY_S)
    smtp_port = local.base_port + STANDARD_PORTS["smtp"]
    marker = local.paths.data / "samples-sent"
    if not marker.exists():
        await _keep_logs(local)
        await asyncio.to_thread(_send_samples, smtp_port)
        marker.touch()
    print(_box(local, time.monotonic() - began), flush=True)
    for place in web_places(local)[:1]:  # below the box: it would be wrapped inside
        print("Signs in without a password, once, within ten minutes:")
        print(sign_in_address(place, token), flush=True)
    await asked_to_stop.wait()
    await sink.stop()


def _send_samples(port: int) -> None:
    date = dates.format_rfc5322(int(time.time())).decode()
    with smtplib.SMTP(_ADDRESS, port) as client:
        for message in samples.messages(date):
            client.sendmail("samples@example.org", f"tim@{_DOMAIN}", message)


def _box(local: LocalSettings, took_s: float) -> str:
    from rich.console import Console  # noqa: PLC0415 - not in the roles' memory
    from rich.panel import Panel  # noqa: PLC0415

    ports = {
        name: local.base_port + standard for name, standard in STANDARD_PORTS.items()
    }
    lines = (
        f"SMTP        {ports['smtp']}  (STARTTLS)",
        f"Submission  {ports['submission']}  (STARTTLS), {ports['submissions']} (TLS)",
        f"IMAP        {ports['imap']}  (STARTTLS), {ports['imaps']} (TLS)",
        f"POP3        {ports['pop3']}  (STLS), {ports['pop3s']} (TLS)",
        *(f"Web         {place}/admin/" for place in web_places(local)),
        "",
        f"Users       tim@{_DOMAIN} and admin@{_DOMAIN}, password {_PASSWORD}",
        f"            admin@{_DOMAIN} may administer everything",
        f"Sink        {local.base_port + _SINK_PORT}: mail to other hosts ends there",
        f"Directory   {local.paths.root}",
        "",
        "Try it:",
        f"  curl imap://{_ADDRESS}:{ports['imap']}/INBOX -u tim@{_DOMAIN}:{_PASSWORD}",
        "Ctrl-C ends everything.",
    )
    panel = Panel(
        "\n".join(lines),
        title=f"MailMax is up on {_ADDRESS} ({took_s:.1f} s)",
        expand=False,
        padding=(1, 2),
    )
    console = Console(width=90)
    with console.capture() as captured:
        console.print(panel, markup=False, highlight=False)
    return captured.get().rstrip()
