"""``mailmax config local`` and ``database``: a computer's file, the accounts database.

Manual: 3.1, 3.2.
"""

import json

from mailmax.cli.desk import Common, Desk
from mailmax.cli.values import shown
from mailmax.hub.contract.local import AskDatabase, AskLocal, DatabaseView, LocalView

_MIB = 1024 * 1024
_SOURCES = {
    "file": "mailmax.toml",
    "environment": "$MAILMAX_DIR",
    "command_line": "--dir",
    "built_in": "default",
}


def local(*, node: str = "", common: Common | None = None) -> int:
    """Show what of mailmax.toml holds on a computer, and the free space there.

    Args:
        node: On which; that of DataMax when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    answer = desk.ask(AskLocal(node))
    if not isinstance(answer, LocalView):
        return 1
    free = {one.key: one for one in answer.places}
    if desk.common.json:
        desk.show_json(
            {
                "node": answer.node,
                "file": answer.file,
                "trouble": answer.trouble,
                "values": {one.key: json.loads(one.value) for one in answer.values},
                "coming": {
                    one.key: json.loads(one.coming)
                    for one in answer.values
                    if one.coming
                },
                "free_octets": {key: one.free_octets for key, one in free.items()},
            }
        )
        return 0
    rows = [
        (
            one.key,
            shown(json.loads(one.value)),
            _SOURCES[one.source],
            _free(free[one.key].free_octets) if one.key in free else "",
            f"next start: {shown(json.loads(one.coming))}" if one.coming else "",
        )
        for one in answer.values
    ]
    desk.show_table(("Key", "Value", "From", "Free", ""), rows)
    if answer.trouble:
        print(f"Caution: {answer.file} could not be used now: {answer.trouble}.")
    return 0


def database(*, common: Common | None = None) -> int:
    """Show the accounts database: engine, size, latency, rows, how it is copied.

    Args:
        common: Options of every command.
    """
    desk = Desk(common)
    answer = desk.ask(AskDatabase())
    if not isinstance(answer, DatabaseView):
        return 1
    counts = {one.kind: one.rows for one in answer.counts}
    if desk.common.json:
        desk.show_json(
            {
                "engine": answer.engine,
                "version": answer.version,
                "place": answer.place,
                "octets": answer.octets,
                "schema": answer.schema,
                "latency_s": answer.latency_s,
                "rows": counts,
                "backup": answer.backup,
            }
        )
        return 0
    rows = [
        ("engine", f"{answer.engine} {answer.version}"),
        ("place", answer.place),
        ("size", _free(answer.octets)),
        ("schema", answer.schema),
        ("latency", f"{answer.latency_s * 1000:.1f} ms"),
        *counts.items(),
        ("copy it with", answer.backup),
    ]
    desk.show_table(("What", "Is"), rows)
    return 0


def _free(octets: int) -> str:
    return f"{octets / _MIB:,.1f} MiB"
