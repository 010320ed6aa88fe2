"""What every command shares: options, the hub, answers and their looks.

Theory:
    A command is a thin client of the hub: it asks, shows the answer (a table or one
    line for people, JSON for programs) and returns an exit code.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from cyclopts import Parameter

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.cli.exits import KIND_EXITS, Exit, default_root
from mailmax.hub.client import HubClient
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.joining import ADMIN
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.host_password import PasswordFile
from mailmax.hub.joining import Identity
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import FILE_NAME, LocalSettings, load_local

PATIENCE_S = 1.5

AnswerT = TypeVar("AnswerT")
ResultT = TypeVar("ResultT")


Password = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""An option whose value may be ``-``: standard input (see `read_secret`)."""


class Ended(Exception):
    """A command ends early, with a code; what was wrong has been said."""

    def __init__(self, code: Exit) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options of every command."""

    dir: Annotated[
        Path | None,
        Parameter(help="Node directory (or $MAILMAX_DIR; else /var/lib/mailmax)."),
    ] = None
    json: Annotated[
        bool,
        Parameter(
            help="Answer in JSON, for programs. Else lists have headings on a "
            "terminal; elsewhere tabs, and no headings.",
            negative="",
        ),
    ] = False

    @property
    def root(self) -> Path:
        """The node directory."""
        return self.dir or default_root()


class Desk:
    """A command's way to the hub and to the terminal."""

    def __init__(self, common: Common | None) -> None:
        """Take the options."""
        self.common = common or Common()

    def with_hub(
        self,
        work: Callable[[HubClient], Awaitable[ResultT]],
        patience_s: float = PATIENCE_S,
    ) -> ResultT:
        """Join the hub, do the work, leave.

        Raises:
            Ended: The hub is away, or refuses us.
        """
        try:
            return asyncio.run(self._with_hub(work, patience_s))
        except BadSettings as bad:
            is_closed = isinstance(bad.__cause__, PermissionError)
            self.fail(bad.bad, Exit.DENIED if is_closed else Exit.USAGE, str(bad))
        except PermanentFailure as failure:
            self.fail(failure.text, Exit.DENIED)
        except TemporaryFailure as failure:
            if isinstance(failure, HubAway):
                self.fail(f"{failure.text}; {failure.cure}", Exit.HUB_UNREACHABLE)
            self.fail(failure.text, Exit.LATER)

    def ask(self, request: Request[AnswerT]) -> AnswerT:
        """Ask one thing; a refusal ends the command.

        Raises:
            Ended: It was denied, or the hub is away.
        """

        async def once(hub: HubClient) -> AnswerT:
            return await hub.ask(request)

        answer = self.with_hub(once)
        if isinstance(answer, Denied):
            self.deny(answer)
        return answer

    def change(
        self, request: Request[Changed | Denied], done: str | Callable[[Changed], str]
    ) -> int:
        """Ask for a change and say that it is done, perhaps with what came of it."""
        answer = self.ask(request)
        if not isinstance(answer, Changed):  # a Denied has ended the command
            raise Ended(Exit.DENIED)
        if self.common.json:
            self.show_json(answer)
            return Exit.DONE
        words = done if isinstance(done, str) else done(answer)
        print(words + (f" ({answer.note})" if answer.note else ""))
        if answer.waiting_for:
            print(
                f"not yet acting by it: {', '.join(answer.waiting_for)}",
                file=sys.stderr,
            )
        return Exit.DONE

    def deny(self, denied: Denied) -> NoReturn:
        """Say why not, and end."""
        self._complain(as_plain(denied), str(denied))
        raise Ended(KIND_EXITS[denied.kind])

    def fail(self, why: str | BadValue, code: Exit, words: str = "") -> NoReturn:
        """Say what is wrong, and end."""
        plain = {"reason": why} if isinstance(why, str) else _bad_plain(why)
        self._complain({"kind": code.name.lower(), **plain}, words or str(why))
        raise Ended(code)

    def show_json(self, answer: Any) -> None:
        """Write an answer for programs."""
        print(json.dumps(as_plain(answer), ensure_ascii=False, indent=2))

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Write rows for people; plain columns when it is not a terminal."""
        if not rows:
            self.say_empty()
            return
        if not sys.stdout.isatty():
            for row in rows:
                print("\t".join(str(cell) for cell in row))
            return
        from rich.console import Console  # noqa: PLC0415 - only for terminals
        from rich.table import Column, Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        # What a row is about stands whole in one line; nothing else is cut short.
        first, *others = columns
        table = Table(
            Column(first, no_wrap=True, overflow="fold"),
            *(Column(name, overflow="fold") for name in others),
        )
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        Console().print(table)

    def say_empty(self) -> None:
        """Say that a list has nothing in it; programs see no row."""
        where = sys.stdout if sys.stdout.isatty() else sys.stderr
        print("there is nothing in this list", file=where)

    async def _with_hub(
        self, work: Callable[[HubClient], Awaitable[ResultT]], patience_s: float
    ) -> ResultT:
        local = load_local(self.common.root)
        hub = HubClient(
            local.hub_address,
            PasswordFile(local.paths.host_password),
            Identity(ADMIN, local.node or socket.gethostname()),
            frozenset(),
        )
        try:
            await hub.start(patience_s)
        except TemporaryFailure as failure:
            raise HubAway(failure.text, self._cure(local)) from failure
        try:
            return await work(hub)
        finally:
            await hub.stop()

    def _cure(self, local: LocalSettings) -> str:
        kind, _, place = local.hub_address.partition(":")
        if kind == "unix":
            return f"start it with: mailmax serve --dir {self.common.root}"
        return (
            f"look whether it runs there and listens at {place} (hub.listen), or "
            f"correct hub.address in {local.paths.root / FILE_NAME}"
        )

    def _complain(self, plain: dict[str, Any], words: str) -> None:
        if self.common.json:
            print(json.dumps({"error": plain}, ensure_ascii=False), file=sys.stderr)
        else:
            print(f"mailmax: {words}", file=sys.stderr)


class HubAway(TemporaryFailure):
    """The hub could not be reached at all."""

    def __init__(self, text: str, cure: str) -> None:
        """Keep the words, and what can be done."""
        super().__init__(text)
        self.cure = cure


def as_plain(value: Any) -> Any:
    """Turn structs into dicts, for JSON."""
    if isinstance(value, msgspec.Struct):
        return {
            name: as_plain(one) for name, one in msgspec.structs.asdict(value).items()
        }
    if isinstance(value, list | tuple):
        return [as_plain(one) for one in value]
    return value.hex() if isinstance(value, bytes) else value


def read_secret(given: str, prompt: str, *, twice: bool) -> str:
    """Return a password: as given, or asked at the terminal, or a line of stdin.

    Args:
        given: The option's value; empty when there was none, ``-`` for stdin.
        prompt: What to ask for.
        twice: Ask again at a terminal, and compare.

    Raises:
        Ended: It is blank, or the two differ.
    """
    if given and given != "-":
        return given
    if given == "-" or not sys.stdin.isatty():
        first = again = sys.stdin.readline(10_000).rstrip("\r\n")
    else:
        from getpass import getpass  # noqa: PLC0415 - only at a terminal

        first = getpass(f"{prompt}: ")
        again = getpass(f"{prompt} again: ") if twice and first else first
    if first and first == again:
        return first
    words = (
        "the two are not the same; type it twice alike"
        if first
        else "it is blank; give at least one character"
    )
    print(f"mailmax: {prompt.lower()}: {words}", file=sys.stderr)
    raise Ended(Exit.USAGE)


def _bad_plain(bad: BadValue) -> dict[str, str]:
    return {"field": bad.field, "reason": bad.reason, "cure": bad.cure}
