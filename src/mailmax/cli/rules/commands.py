"""``mailmax rule``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.cli.rules.given import Given, changed_definition, new_definition, read_file
from mailmax.cli.rules.shown import show_rule, show_trial
from mailmax.hub.contract import rules as asked
from mailmax.hub.contract.rules import RuleOwner, RuleShown, StoredMessage
from mailmax.settings.field import BadValue

app = App(
    name="rule",
    help="Rules for mail that comes for users: of the system, a domain, a user.",
)

_NUMBER = "The rule's own, as `rule list` shows it; not its place."


@Parameter(name="*")
@dataclass(frozen=True)
class Whose:
    """Whose rules."""

    system: Annotated[
        bool, Parameter(help="The system's: for all users.", negative="")
    ] = False
    domain: Annotated[str, Parameter(help="A domain's: for its users.")] = ""
    user: Annotated[str, Parameter(help="A user's own: name@domain.")] = ""


def _owner(desk: Desk, whose: Whose | None) -> RuleOwner:
    """Return whose list is meant.

    Raises:
        Ended: None is, or several are.
    """
    owner = _named(desk, whose)
    if owner is None:
        cure = "give --system, --domain NAME or --user ADDRESS"
        desk.fail(BadValue("options", "whose rules is not said", cure), Exit.USAGE)
    return owner


def _named(desk: Desk, whose: Whose | None) -> RuleOwner | None:
    said = whose or Whose()
    if said.system + bool(said.domain) + bool(said.user) > 1:
        cure = "give one of --system, --domain and --user"
        desk.fail(BadValue("options", "several lists are named", cure), Exit.USAGE)
    if said.user:
        return RuleOwner("user", said.user)
    if said.domain:
        return RuleOwner("domain", said.domain)
    return RuleOwner("system") if said.system else None


@app.command(name="list")
def list_(
    *,
    whose: Whose | None = None,
    paging: Paging | None = None,
    common: Common | None = None,
) -> int:
    """Show the rules of the system, a domain or a user in their order.

    Args:
        whose: Which list.
        paging: Which part of the list: it goes on behind a place, counted from 1.
        common: Options of every command.
    """
    desk = Desk(common)
    owner = _owner(desk, whose)
    return show_list(
        desk,
        paging,
        lambda after, limit: asked.ListRules(owner, after, limit),
        Look(
            ("Number", "Name", "State", "Hits", "Last", "Summary"),
            lambda row: (
                row.rule_id,
                row.name,
                "on" if row.is_enabled else "off",
                row.hits,
                shown_moment(row.last_hit_at),
                row.summary,
            ),
        ),
    )


@app.command
def show(
    number: Annotated[int, Parameter(help=_NUMBER)],
    *,
    whose: Whose | None = None,
    common: Common | None = None,
) -> int:
    """Show all of a rule, in words and as it can be given again.

    Args:
        number: Which one.
        whose: In whose list it must be; in any when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    return show_rule(desk, _ask(desk, number, whose))


def _ask(desk: Desk, number: int, whose: Whose | None) -> RuleShown:
    answer = desk.ask(asked.ShowRule(number, _named(desk, whose)))
    assert isinstance(answer, RuleShown)  # noqa: S101 - a Denied has ended the command
    return answer


@app.command
def add(
    name: str = "",
    *,
    whose: Whose | None = None,
    given: Given | None = None,
    place: int = 0,
    disabled: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Add a rule: when all its conditions hold, all its actions are done.

    Args:
        name: For people; needed, unless the file of --json-rule has one.
        whose: In which list.
        given: What it asks for and what it does.
        place: Where it shall stand in its list, from 1; last when missing.
        disabled: It is not to act yet.
        common: Options of every command.
    """
    desk = Desk(common)
    owner = _owner(desk, whose)
    definition = new_definition(desk, given or Given(), name)
    request = asked.AddRule(owner, definition, place, not disabled)
    return desk.change(request, lambda made: f"rule {made.item_id} is added")


@app.command
def change(
    number: Annotated[int, Parameter(help=_NUMBER)],
    *,
    name: str = "",
    whose: Whose | None = None,
    given: Given | None = None,
    common: Common | None = None,
) -> int:
    """Change a rule; what is not given stays.

    Conditions count together: those that are given hold in place of all that it had.
    So do actions.

    Args:
        number: Which one.
        name: Another name.
        whose: In whose list it must be; in any when missing.
        given: Other conditions, other actions, or a whole rule.
        common: Options of every command.
    """
    desk = Desk(common)
    shown = _ask(desk, number, whose)
    definition = changed_definition(desk, given or Given(), name, shown.definition)
    request = asked.ChangeRule(number, definition, _named(desk, whose))
    return desk.change(request, f"rule {number} is changed")


@app.command
def delete(
    number: Annotated[int, Parameter(help=_NUMBER)],
    *,
    whose: Whose | None = None,
    common: Common | None = None,
) -> int:
    """Take a rule away.

    Args:
        number: Which one.
        whose: In whose list it must be; in any when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    request = asked.DeleteRule(number, _named(desk, whose))
    return desk.change(request, f"rule {number} is no more")


@app.command
def move(
    number: Annotated[int, Parameter(help=_NUMBER)],
    place: str,
    *,
    whose: Whose | None = None,
    common: Common | None = None,
) -> int:
    """Put a rule elsewhere in its list: rules are applied in that order.

    Args:
        number: Which one.
        place: 1 is first; or up, or down: by one.
        whose: In whose list it must be; in any when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    owner = _named(desk, whose)
    steps = {"up": -1, "down": 1}.get(place.lower(), 0)
    if not steps and not (place.isascii() and place.isdecimal() and len(place) < 9):
        bad = BadValue("place", f"{place[:20]!r} is none", "give 1, 2, …, up or down")
        desk.fail(bad, Exit.USAGE)
    at = 0 if steps else int(place) or -1
    request = asked.MoveRule(number, at, steps, owner)
    return desk.change(request, f"rule {number} is moved")


@app.command
def enable(
    number: Annotated[int, Parameter(help=_NUMBER)],
    *,
    whose: Whose | None = None,
    common: Common | None = None,
) -> int:
    """Let a rule act.

    Args:
        number: Which one.
        whose: In whose list it must be; in any when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    request = asked.SwitchRule(number, True, _named(desk, whose))
    return desk.change(request, f"rule {number} acts")


@app.command
def disable(
    number: Annotated[int, Parameter(help=_NUMBER)],
    *,
    whose: Whose | None = None,
    common: Common | None = None,
) -> int:
    """Let a rule be, without taking it away.

    Args:
        number: Which one.
        whose: In whose list it must be; in any when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    request = asked.SwitchRule(number, False, _named(desk, whose))
    return desk.change(request, f"rule {number} does not act")


@app.command(name="test")
def try_(  # noqa: PLR0913 - options of a command
    number: Annotated[int | None, Parameter(help=_NUMBER)] = None,
    *,
    given: Given | None = None,
    message: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    user: str = "",
    mailbox: str = "INBOX",
    uid: int = 0,
    run_programs: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Say what a rule makes of a message; nothing is done with the message.

    The exit code is 0 whether the rule fires or not; look at the answer.

    Args:
        number: A rule that there is; without one, give one as for `rule add`.
        given: A rule that there is not yet.
        message: A file with a whole message, as mail programs save it; - is standard
            input.
        user: Who has the message: in place of --message.
        mailbox: Where the user has it.
        uid: Its UID there.
        run_programs: Let the programs of its conditions look at the message; without
            it, it is said what they would be given.
        common: Options of every command.
    """
    desk = Desk(common)
    if (message is None) is not bool(user) or bool(user) is not (uid > 0):
        cure = "give --message FILE, or --user ADDRESS with --uid NUMBER"
        desk.fail(BadValue("options", "there is not one message", cure), Exit.USAGE)
    draft = given or Given()
    if (number is not None) is draft.has_any:
        cure = "give the number of a rule, or --if and --do, or --json-rule"
        desk.fail(BadValue("options", "there is not one rule", cure), Exit.USAGE)
    request = asked.TryRule(
        number or 0,
        "" if number is not None else new_definition(desk, draft, "a rule"),
        b"" if message is None else read_file(desk, message, asked.SAMPLE_OCTETS),
        StoredMessage(user, mailbox, uid) if user else None,
        runs_programs=run_programs,
    )
    return show_trial(desk, desk.ask(request))
