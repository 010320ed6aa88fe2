"""``mailmax setup``: a new node directory, by questions or from a file of answers.

Manual: 1.3, 1.4.
"""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mailmax.base.errors import Failure, PermanentFailure
from mailmax.cli.answers import Answers, read_answers
from mailmax.cli.desk import Common, Desk
from mailmax.cli.endings import exit_of
from mailmax.cli.exits import KIND_EXITS, Exit
from mailmax.cli.founder import AlreadySetUp, MadeUp, set_up
from mailmax.cli.web_places import web_places
from mailmax.cli.wizard import ask_answers
from mailmax.datamax.founding import FoundingRefused
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import LocalSettings


def setup(
    *,
    answers: Annotated[Path | None, Parameter(name="--answers")] = None,
    common: Common | None = None,
) -> int:
    """Make a new node directory: settings, secrets, certificate, database, users.

    Args:
        answers: TOML file of answers, the least is domain = "example.org"; all of
            them are in docs/reference/mailmax.toml.md. Without it you are asked.
        common: Options of every command.
    """
    desk = Desk(common)
    given = ask_answers(desk) if answers is None else read_answers(answers)
    if isinstance(given, BadValue):
        desk.fail(given, Exit.USAGE)
    local, made_up = _carry_out(desk, given)
    _tell(desk, local, made_up)
    return Exit.DONE


def _carry_out(desk: Desk, answers: Answers) -> tuple[LocalSettings, MadeUp]:
    try:
        return set_up(desk.common.root, answers)
    except AlreadySetUp as failure:
        desk.fail(failure.text, Exit.CONFLICT)
    except FoundingRefused as failure:
        desk.fail(failure.text, KIND_EXITS[failure.why.kind])
    except BadSettings as bad:
        desk.fail(bad.bad, exit_of(bad, Exit.USAGE), str(bad))
    except PermanentFailure as failure:
        desk.fail(failure.text, exit_of(failure, Exit.USAGE))
    except Failure as failure:
        desk.fail(failure.text, Exit.LATER)


def _tell(desk: Desk, local: LocalSettings, made_up: MadeUp) -> None:
    root = local.paths.root
    if desk.common.json:
        desk.show_json(
            {
                "dir": str(root),
                "passwords": made_up.users,
                "run_as": local.run_as,
                "note": made_up.note,
            }
        )
        return
    print(f"MailMax is set up in {root}.")
    for address, password in made_up.users.items():
        print(f"  {address} has the password {password} (shown only now)")
    if made_up.note:
        print(f"Note: {made_up.note}.")
    print(f"Start it with: mailmax serve --dir {root}")
    for place in web_places(local):
        print(f"Then administer it at {place}/admin/")
    if web_places(local):
        print(f"A link that signs in there: mailmax admin link --dir {root}")
