"""``mailmax connection``: the addresses that services listen on (manual 5)."""

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.doors import change, listed_doors
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.cli.values import Values, show_detail, typed_values
from mailmax.hub.contract import bindings
from mailmax.settings.listener import USUAL_SERVICES

app = App(name="connection", help="Addresses that services listen on.")


@app.command
def add(
    address: str,
    *,
    values: Values = None,
    service: list[str] | None = None,
    common: Common | None = None,
) -> int:
    """Listen on one more address, with every service on its default port.

    These are smtp, submission, submissions, pop3, pop3s, imap and imaps: those with an
    s at the end have TLS from the first octet, the others STARTTLS.

    Args:
        address: IPv4 or IPv6 address of the computer; * is any. It cannot be changed.
        values: display_name=NAME, default_domain=DOMAIN.
        service: Only this one of them; may stand several times.
        common: Options of every command.
    """
    desk = Desk(common)
    request = bindings.AddBinding(
        address,
        typed_values(desk, values),
        None if service is None else tuple(service),
    )
    services = ", ".join(USUAL_SERVICES if service is None else service)
    return change(desk, request, f"{address} is a connection, with {services}")


@app.command(name="list")
def list_(*, paging: Paging | None = None, common: Common | None = None) -> int:
    """Show the addresses and how their services are.

    Args:
        paging: Which part of the list.
        common: Options of every command.
    """
    columns = ("Address", "Display name", "Default domain", "Services")
    return show_list(Desk(common), paging, bindings.ListBindings, Look(columns, _cells))


def _cells(row: bindings.BindingView) -> tuple[object, ...]:
    services = ", ".join(listed_doors(row))
    return (row.address, row.display_name, row.default_domain, services)


@app.command
def show(address: str, *, common: Common | None = None) -> int:
    """Show every setting of a connection.

    Args:
        address: Its address.
        common: Options of every command.
    """
    return show_detail(Desk(common), bindings.ShowBinding(address))


@app.command(name="set")
def set_(address: str, *values: str, common: Common | None = None) -> int:
    """Change settings of a connection; they act at once.

    Args:
        address: Its address.
        values: KEY=VALUE, as many as you like; an empty value restores the default.
        common: Options of every command.
    """
    desk = Desk(common)
    request = bindings.ChangeBinding(address, typed_values(desk, list(values)))
    return desk.change(request, f"{address} is changed")


@app.command
def delete(address: str, *, common: Common | None = None) -> int:
    """Remove a connection with its services, filters and bans.

    Args:
        address: Its address.
        common: Options of every command.
    """
    return Desk(common).change(
        bindings.DeleteBinding(address), f"{address} is no connection any more"
    )
