"""``mailmax service``: what listens at a connection, and on which port (manual 5.5).

Whole services are started and stopped by `service_acts`.
"""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli import service_acts
from mailmax.cli.desk import Common, Desk
from mailmax.cli.doors import COLUMNS, change, list_all, rows_of
from mailmax.cli.values import Values, changed_values, typed_values
from mailmax.hub.contract.administration import Detail
from mailmax.hub.contract.bindings import (
    AddListener,
    ChangeListener,
    DeleteListener,
    ShowBinding,
    SwitchListener,
)

app = App(name="service", help="Services of connections: their ports and limits.")
for _act in (service_acts.start, service_acts.stop, service_acts.restart):
    app.command(_act)

Address = Annotated[str, Parameter(help="Of the connection.")]
Service = Annotated[str, Parameter(help="Which service.")]
Port = Annotated[
    int | None,
    Parameter(
        name="--port",
        help="Which one, where there are several of that kind: its port as it is set.",
    ),
]


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
    request = AddListener(address, service, typed_values(desk, values))
    return change(desk, request, f"{service} is added to {address}")


@app.command(name="list")
def list_(address: str = "", *, common: Common | None = None) -> int:
    """Show services with their ports, states and open sessions.

    Args:
        address: Of one connection; all when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    wanted = desk.ask(ShowBinding(address)) if address else None
    name = wanted.name if isinstance(wanted, Detail) else ""
    rows = [row for row in list_all(desk) if name in {"", row.address}]
    if desk.common.json:
        desk.show_json(rows)
    else:
        desk.show_table(COLUMNS, [line for row in rows for line in rows_of(row)])
    return 0


@app.command(name="set")
def set_(
    address: Address,
    service: Service,
    *values: Annotated[
        str,
        Parameter(
            help="KEY=VALUE: port, high_water, low_water, step; empty: the default."
        ),
    ],
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Change a service; it acts at once."""
    desk = Desk(common)
    request = ChangeListener(address, service, changed_values(desk, values), port)
    return change(desk, request, f"{service} of {address} is changed")


@app.command(name="open")
def open_(
    address: Address,
    service: Service,
    *,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Open a service that was closed."""
    request = SwitchListener(address, service, True, port)
    return change(Desk(common), request, f"{service} of {address} is open")


@app.command
def close(
    address: Address,
    service: Service,
    *,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Close a service; its sessions end after the command that they are at."""
    request = SwitchListener(address, service, False, port)
    return Desk(common).change(request, f"{service} of {address} is closed")


@app.command
def delete(
    address: Address,
    service: Service,
    *,
    port: Port = None,
    common: Common | None = None,
) -> int:
    """Take a service away from a connection."""
    request = DeleteListener(address, service, port)
    return Desk(common).change(request, f"{service} of {address} is gone")
