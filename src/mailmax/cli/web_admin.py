"""``mailmax admin``: into the pages without a user's password."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.web_places import sign_in_address, web_places
from mailmax.hub.contract.web import MakeSignInLink, SignInLink
from mailmax.settings.field import BadValue
from mailmax.settings.local import load_local

app = App(name="admin", help="Into the pages without a user's password.")


@app.command
def link(*, url: str = "", common: Common | None = None) -> int:
    """Make a link that opens one session of the system, once, within ten minutes.

    Args:
        url: Where the pages are, as the browser reaches them; the first place of
            [web] listen when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    place = url or _here(desk)
    answer = desk.ask(MakeSignInLink())
    if not isinstance(answer, SignInLink):  # a Denied has ended the command
        return Exit.DENIED
    address = sign_in_address(place, answer.token.value)
    if desk.common.json:
        desk.show_json({"url": address, "ends_at": answer.ends_at})
    else:
        print(address)
    return Exit.DONE


def _here(desk: Desk) -> str:
    places = web_places(load_local(desk.common.root))
    if not places:
        reason = "[web] listen names no place, so nobody shows pages on this computer"
        desk.fail(BadValue("url", reason, "give --url, or fill listen"), Exit.USAGE)
    return places[0]
