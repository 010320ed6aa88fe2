"""Rules and what came of trying one, for people and for programs."""

import json

from mailmax.cli.desk import Desk, as_plain
from mailmax.cli.exits import Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.rules.actions import write_action
from mailmax.cli.rules.conditions import write_condition
from mailmax.cli.rules.given import parts_of
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rules import RuleShown, RuleTried


def show_rule(desk: Desk, shown: RuleShown) -> int:
    """Show all of a rule."""
    view, owner = shown.view, shown.owner
    if desk.common.json:
        plain = {**as_plain(view), "owner": as_plain(owner)}
        desk.show_json({**plain, "definition": json.loads(shown.definition)})
        return Exit.DONE
    rule = parts_of(shown.definition)
    whose = f"{owner.scope} {owner.name}".strip()
    last = shown_moment(view.last_hit_at)
    rows = [
        ("name", view.name),
        ("of", whose),
        ("place", str(view.place)),
        ("state", "on" if view.is_enabled else "off"),
        ("hits", f"{view.hits}" + (f", the last {last}" if last else "")),
        ("summary", view.summary),
        *(("--if", write_condition(one)) for one in rule.conditions),
        *(("--do", write_action(one)) for one in rule.actions),
    ]
    desk.show_table(("Rule", str(view.rule_id)), rows)
    return Exit.DONE


def show_trial(desk: Desk, tried: RuleTried | Denied) -> int:
    """Show what a rule makes of a message."""
    if isinstance(tried, Denied):  # it has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(tried)
        return Exit.DONE
    print(f"the rule {'fires' if tried.fires else 'does not fire'}")
    for one in tried.conditions:
        why = f" ({one.why})" if one.why else ""
        print(f"  {'holds' if one.held else 'does not hold'}: {one.words}{why}")
    for words in tried.actions:
        print(f"  {'would' if tried.fires else 'would not'}: {words}")
    return Exit.DONE
