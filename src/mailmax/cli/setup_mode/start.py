"""``mailmax serve`` where nothing is set up yet: first the wizard, then the services.

Theory:
    The process that was started stays what it always is, the supervisor: it reads
    nothing from the network and opens no database. One child serves the wizard, and
    gives up its rights before its first client (`setup_mode.serving`). What that one
    wants founded it hands over as octets; another child, who has all rights and no
    network, reads and checks them and founds the system (`setup_mode.founding`). As
    soon as that is done the supervisor goes on to start the services; the two children
    stay until the browser has been led to the pages.

Limits:
    64 KiB of answers.
"""

import contextlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from mailmax.cli.setup_mode.told import MOST_OCTETS
from mailmax.settings.local import FILE_NAME

DONE = b"\1"


def is_set_up(root: Path) -> bool:
    """Tell whether there is a node directory, or something that looks like one."""
    try:
        return (root / FILE_NAME).exists()
    except OSError:
        return True


def set_up_in_browser(root: Path, listen: str) -> None:
    """Serve the wizard until a system has been set up; ends the process otherwise.

    Args:
        root: The node directory to be.
        listen: Where the wizard is, as HOST:PORT; empty: at the usual place.
    """
    orders, orders_of_web = _line()
    answers, answers_of_web = _line()

    def show() -> int:
        from mailmax.cli.setup_mode.serving import serve  # noqa: PLC0415 - in the child

        orders.close()
        answers.close()
        return serve(root, listen, (orders_of_web, answers_of_web))

    web = _fork(show)
    orders_of_web.close()
    answers_of_web.close()
    with orders, answers, _ends_with(web) as was_ended:
        while order := orders.recv(MOST_OCTETS):
            if _is_founded(root, order, (orders, answers)) and not was_ended:
                return
    code = os.waitstatus_to_exitcode(os.waitpid(web, 0)[1])
    sys.exit(code if code >= 0 else 128 - code)


def _is_founded(
    root: Path, order: bytes, lines: tuple[socket.socket, socket.socket]
) -> bool:
    """Have a child found the system; it goes on by itself when that is done."""
    read, write = os.pipe()
    orders, answers = lines

    def make() -> int:
        from mailmax.cli.setup_mode.founding import found  # noqa: PLC0415 - as above

        os.close(read)
        orders.close()
        return found(root, order, answers, lambda: os.write(write, DONE))

    child = _fork(make)
    os.close(write)
    is_done = os.read(read, 1) == DONE
    os.close(read)
    if not is_done and os.waitpid(child, 0)[1]:
        answers.send(b"?")  # it could not say why
    return is_done


def _line() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _fork(work: Callable[[], int]) -> int:
    """Return a child that does the work and ends with the code that it returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        code = work()
    except BaseException:  # noqa: BLE001 - last words of a process
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


@contextlib.contextmanager
def _ends_with(child: int) -> Iterator[list[int]]:
    """Pass the wish to end on to a child, and note it."""
    wishes: list[int] = []

    def end(number: int, _: object) -> None:
        wishes.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)

    before = {
        number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield wishes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
