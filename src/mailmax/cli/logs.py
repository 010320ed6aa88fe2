"""``mailmax log``: the log files of the services of this computer."""

import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from cyclopts import App, Parameter
from cyclopts.validators import Number

from mailmax.base.units import MINUTE_S
from mailmax.cli.confirming import Yes, confirm
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.log_elsewhere import Elsewhere
from mailmax.cli.log_lines import Wanted, end_of, write_last
from mailmax.cli.log_lines import follow as follow_files
from mailmax.cli.moments import read_past, shown_moment
from mailmax.hub.contract.settings import GetSettings, SetSetting, SettingList
from mailmax.observe.periods import is_of
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import Paths, load_local
from mailmax.settings.system import SYSTEM_SETTINGS

Service = Literal["smtp", "queue", "pop", "imap"]

app = App(name="log", help="Log files of the services of this computer.")

_LINES = 50
_MOST_LINES = 1_000_000_000
_MOST_MINUTES = 1440
_CONTENT = "smtp_log_content_until"


@dataclass(frozen=True, slots=True)
class Found:
    """One log file."""

    service: str
    path: Path
    octets: int
    changed_at: float


@app.command(name="list")
def list_(*, service: Service | None = None, common: Common | None = None) -> int:
    """Show which files there are.

    Args:
        service: Only those of one service.
        common: Options of every command.
    """
    desk = Desk(common)
    rows = _files(desk, service)
    if desk.common.json:
        desk.show_json([
            {
                "service": row.service,
                "path": str(row.path),
                "octets": row.octets,
                "changed_at": row.changed_at,
            }
            for row in rows
        ])  # fmt: skip
        return Exit.DONE
    desk.show_table(
        ("Service", "File", "Octets", "Last line"),
        [
            (row.service, row.path, row.octets, shown_moment(row.changed_at))
            for row in rows
        ],
    )
    return Exit.DONE


@app.command
def show(  # noqa: PLR0913 - options of a command
    file: str = "",
    *,
    service: Service | None = None,
    lines: Annotated[
        int | None, Parameter(validator=Number(gte=0, lte=_MOST_LINES))
    ] = None,
    since: str = "",
    search: str = "",
    follow: Annotated[bool, Parameter(negative="")] = False,
    node: str = "",
    common: Common | None = None,
) -> int:
    """Show the last lines of a log, or what was written from a time on.

    Args:
        file: Name of a file, as in the list; else the one that was written last, and
            with --since all that were written from then on, one after another.
        service: Of that service.
        lines: So many, the last; 0 is all. Without it 50, with --since all.
        since: What was written in the last 30m, 12h or 5d, or since 2030-12-31 or
            "2030-12-31 18:00".
        search: Only lines with these words, whatever the case.
        follow: Go on with what is written from now on, in the next files too, until
            Ctrl-C.
        node: On that computer, instead of this one; --service says whose log.
        common: Options of every command.
    """
    desk = Desk(common)
    wanted = _wanted(desk, lines, since, search)
    if node:
        if service is None or follow:
            words = "give --service, and no --follow"
            desk.fail(BadValue("node", "it is another computer", words), Exit.USAGE)
        elsewhere = Elsewhere(service, node, file)
        denied = desk.with_hub(lambda hub: elsewhere.write_last(hub, wanted))
        return Exit.DONE if denied is None else desk.deny(denied)
    return _show_here(desk, service, file, wanted, follow=follow)


def _show_here(
    desk: Desk, service: Service | None, file: str, wanted: Wanted, *, follow: bool
) -> int:

    def files() -> list[Path]:
        return [
            row.path
            for row in _files(desk, service)
            if (not file or file in (row.path.name, str(row.path)))
            and (file or "-content" not in row.path.name)
        ]

    found = files()
    if not found and not follow:
        words = f"there is no log file {file}" if file else "there is no log file yet"
        desk.fail(
            BadValue("file", words, "see: mailmax log list, mailmax config get"),
            Exit.NOT_FOUND,
        )
    try:
        seen = {path: end_of(path) for path in found}
        seen |= write_last(found if wanted.since else found[-1:], wanted)
        if follow:
            follow_files(files, seen, wanted)
    except KeyboardInterrupt:
        return Exit.DONE
    except PermissionError as error:
        desk.fail(f"{error.filename}: {error.strerror}", Exit.DENIED)
    except FileNotFoundError as error:
        desk.fail(f"{error.filename}: {error.strerror}", Exit.NOT_FOUND)
    return Exit.DONE


@app.command
def content(
    turn: Literal["on", "off"],
    *,
    minutes: Annotated[int, Parameter(validator=Number(gte=1, lte=_MOST_MINUTES))] = 30,
    yes: Yes = False,
    common: Common | None = None,
) -> int:
    """Log the content of all inbound mail for a while, for looking for a fault.

    Args:
        turn: Begin, or end.
        minutes: It ends by itself after so many.
        yes: Do it without asking.
        common: Options of every command.
    """
    desk = Desk(common)
    if turn == "off":
        return desk.change(SetSetting(_CONTENT, "0"), "no content is logged")
    answer = desk.ask(GetSettings("smtp_log_rate"))
    if isinstance(answer, SettingList) and "never" in answer.rows[0].value:
        why = "SMTPMax has no log: smtp_log_rate is never"
        cure = "begin one with: mailmax config set smtp_log_rate daily"
        desk.fail(BadValue("smtp_log_rate", why, cure), Exit.CONFLICT)
    if not yes:
        confirm(desk, SYSTEM_SETTINGS[_CONTENT].warning)
    until = int(time.time() + minutes * MINUTE_S)
    done = f"the content of inbound mail is logged until {shown_moment(until)}"
    return desk.change(SetSetting(_CONTENT, str(until)), done)


def _wanted(desk: Desk, lines: int | None, since: str, search: str) -> Wanted:
    moment = read_past("since", since, time.time())
    if isinstance(moment, BadValue):
        desk.fail(moment, Exit.USAGE)
    if lines is None:
        lines = 0 if moment else _LINES
    return Wanted(lines, moment, search)


def _files(desk: Desk, service: Service | None) -> list[Found]:
    """Return the files, those that were written last at the end."""
    try:
        paths = load_local(desk.common.root).paths
    except BadSettings as bad:
        desk.fail(bad.bad, Exit.USAGE, str(bad))
    names = [service] if service else list(get_args(Service))
    found = [one for name in names for one in _files_of(paths, name)]
    return sorted(found, key=lambda one: (one.changed_at, one.path.name))


def _files_of(paths: Paths, service: str) -> Iterator[Found]:
    try:
        entries = list(paths.logs_of(service).iterdir())
    except OSError:
        return
    for path in entries:
        if any(is_of(f"{service}-{kind}", path.name) for kind in ("events", "content")):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue  # it has been deleted just now
            if stat.S_ISREG(status.st_mode):  # as in the web, no links
                yield Found(service, path, status.st_size, status.st_mtime)
