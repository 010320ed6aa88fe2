"""``mailmax user totp``: for who has lost the authenticator."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.hub.contract.web import EndTotp

app = App(name="totp", help="The second factor of a user.")


@app.command
def off(address: str, *, common: Common | None = None) -> int:
    """Ask a user for no code any more; the password alone signs in.

    Args:
        address: Who has lost the authenticator and the recovery codes.
        common: Options of every command.
    """
    return Desk(common).change(
        EndTotp(address), f"{address} signs in by the password alone"
    )
