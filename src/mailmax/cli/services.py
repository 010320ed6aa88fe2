"""``mailmax service``: what listens at a connection, and on which port (manual 5.5)."""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.doors import COLUMNS, change, list_all, rows_of
from mailmax.cli.values import Values, typed_values
from mailmax.hub.contract import bindings

app = App(name="service", help="Services of connections: their ports and limits.")

Port = Annotated[int | None, Parameter(name="--port")]


@app.command
def add(
    address: str,
    service: str,
    *,
    values: Values = None,
    common: Common | None = None,
) -> int:
    """Add a service to a connection; it is open at once.

    Args:
        address: Of the connection.
        service: smtp, submission, submissions, lmtp, pop3, pop3s, imap or imaps.
        values: port=NUMBER (0: the default), high_water, low_water, step.
        common: Options of every command.
    """
    desk = Desk(common)
    request = bindings.AddListener(address, service, typed_values(desk, values))
    return change(desk, request, f"{service} is added to {address}")


@app.command(name="list")
def list_(address: str = "", *, common: Common | None = None) -> int:
    """Show services with their ports, states and open sessions.

    Args:
        address: Of one connection; all when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    rows = [row for row in list_all(desk) if address in {"", row.address}]
    if desk.common.json:
        desk.show_json(rows)
    else:
        desk.show_table(COLUMNS, [line for row in rows for line in rows_of(row)])
    return 0


@app.command(name="set")
def set_(
    address: str,
    service: str,
    *values: str,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Change a service; it acts at once.

    Args:
        address: Of the connection.
        service: Which service.
        values: KEY=VALUE: port, high_water, low_water, step; empty: the default.
        port: Which one, where there are several of that kind: its port as it is set.
        common: Options of every command.
    """
    desk = Desk(common)
    typed = typed_values(desk, list(values))
    request = bindings.ChangeListener(address, service, typed, port)
    return change(desk, request, f"{service} of {address} is changed")


@app.command(name="open")
def open_(
    address: str,
    service: str,
    *,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Open a service that was closed.

    Args:
        address: Of the connection.
        service: Which service.
        port: Which one, where there are several of that kind: its port as it is set.
        common: Options of every command.
    """
    request = bindings.SwitchListener(address, service, True, port)
    return change(Desk(common), request, f"{service} of {address} is open")


@app.command
def close(
    address: str,
    service: str,
    *,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Close a service; its sessions end after the command that they are at.

    Args:
        address: Of the connection.
        service: Which service.
        port: Which one, where there are several of that kind: its port as it is set.
        common: Options of every command.
    """
    request = bindings.SwitchListener(address, service, False, port)
    return Desk(common).change(request, f"{service} of {address} is closed")


@app.command
def delete(
    address: str,
    service: str,
    *,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Take a service away from a connection.

    Args:
        address: Of the connection.
        service: Which service.
        port: Which one, where there are several of that kind: its port as it is set.
        common: Options of every command.
    """
    return Desk(common).change(
        bindings.DeleteListener(address, service, port),
        f"{service} of {address} is gone",
    )
