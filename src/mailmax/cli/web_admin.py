"""``mailmax admin``: into the pages without a user's password."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.hub.contract.web import MakeSignInLink, SignInLink
from mailmax.settings.local import load_local

WEB_PORT = 8080
"""Where pages are, on a node without a base port."""
ABOVE_BASE = 80

app = App(name="admin", help="Into the pages without a user's password.")


@app.command
def link(*, url: str = "", common: Common | None = None) -> int:
    """Make a link that opens one session of the system, once, within ten minutes.

    Args:
        url: Where the pages are, as the browser reaches them; on this computer when
            missing.
        common: Options of every command.
    """
    desk = Desk(common)
    answer = desk.ask(MakeSignInLink())
    if not isinstance(answer, SignInLink):  # a Denied has ended the command
        return Exit.DENIED
    place = url.rstrip("/") or _here(desk)
    address = f"{place}/admin/sign-in#link={answer.token.value}"
    if desk.common.json:
        desk.show_json({"url": address, "ends_at": answer.ends_at})
    else:
        print(address)
    return Exit.DONE


def _here(desk: Desk) -> str:
    base = load_local(desk.common.root).base_port
    return f"http://127.0.0.1:{base + ABOVE_BASE if base else WEB_PORT}"
