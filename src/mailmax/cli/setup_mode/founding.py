"""The set-up that the wizard wants, in a process of its own, with all rights.

Rules:
    Nothing of what comes is believed: it is read and checked as a file of answers is.
    An interruption from the terminal ends nothing half way.

See Also:
    `cli.founder`: what is made.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

from mailmax.base.errors import Failure, PermanentFailure
from mailmax.cli.answers import Answers, check_answers
from mailmax.cli.founder import AlreadySetUp, set_up
from mailmax.cli.setup_mode.told import Founded, Ready, Refused, encode
from mailmax.cli.signing_in import make_link_when_ready
from mailmax.cli.web_places import sign_in_address, web_places
from mailmax.datamax.founding import FoundingRefused
from mailmax.net import privileges
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import LocalSettings

READY_S = 60.0
_FROM_FOUNDING = {"address": "users", "password": "users", "name": "users"}
"""Fields of the hub's own requests, as the wizard calls what they come from."""


def found(
    root: Path, order: bytes, answers: socket.socket, go_on: Callable[[], object]
) -> int:
    """Found a system, have it started, and make the link that signs in.

    Args:
        root: The node directory to be.
        order: `Answers` as JSON.
        answers: Takes what is told; the wizard answers when it has left its port.
        go_on: Has the services started.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    made = _found(root, order)
    if isinstance(made, Refused):
        answers.send(encode(made))
        return 0
    local, founded = made
    answers.send(encode(founded))
    answers.recv(1)
    go_on()
    privileges.stop_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    answers.send(encode(Ready(_address(local, founded.place))))
    return 0


def _found(root: Path, order: bytes) -> tuple[LocalSettings, Founded] | Refused:
    try:
        wanted = msgspec.json.decode(order, type=Answers)
    except msgspec.DecodeError as error:
        return Refused("", str(error), "")
    bad = check_answers(wanted)
    if bad is not None:
        return Refused(bad.field, bad.reason, bad.cure)
    try:
        local, made_up = set_up(root, wanted)
    except Failure as failure:
        bad = _bad_of(failure, wanted)
        return Refused(bad.field, bad.reason, bad.cure)
    place = web_places(local)[-1]
    return local, Founded(made_up.users, made_up.note, place)


def _bad_of(failure: Failure, wanted: Answers) -> BadValue:
    match failure:
        case BadSettings():
            return failure.bad
        case FoundingRefused(why=why):
            return BadValue(
                _FROM_FOUNDING.get(why.field, why.field), why.reason, why.cure
            )
        case AlreadySetUp():
            return BadValue("", failure.text, "")
    is_of_disk = isinstance(failure.__cause__, OSError)
    field = "dir" if is_of_disk else "database_url" if wanted.database_url else ""
    cure = "" if isinstance(failure, PermanentFailure) else "try again"
    return BadValue(field, failure.text, cure)


def _address(local: LocalSettings, place: str) -> str:
    try:
        token = asyncio.run(make_link_when_ready(local, READY_S))
    except Failure:
        return ""
    return sign_in_address(place, token) if token else ""
