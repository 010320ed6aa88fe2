"""``mailmax service start|stop|restart``: the services of the DataMax computer."""

from mailmax.cli.desk import Common, Desk
from mailmax.hub.contract.summary import Role, SteerService


def start(role: Role, *, common: Common | None = None) -> int:
    """Start a service of the DataMax computer that was stopped.

    Args:
        role: Which one.
        common: Options of every command.
    """
    return Desk(common).change(SteerService(role, "start"), f"{role} is started")


def stop(role: Role, *, common: Common | None = None) -> int:
    """Stop a service of the DataMax computer, in good order.

    It stays stopped, also when everything is started again, until it is started.

    Args:
        role: Which one.
        common: Options of every command.
    """
    return Desk(common).change(SteerService(role, "stop"), f"{role} is stopped")


def restart(role: Role, *, common: Common | None = None) -> int:
    """Stop a service of the DataMax computer in good order, and start it again.

    Args:
        role: Which one.
        common: Options of every command.
    """
    return Desk(common).change(SteerService(role, "restart"), f"{role} is started anew")
