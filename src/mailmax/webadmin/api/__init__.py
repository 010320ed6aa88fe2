"""The REST API's resources, a module each, all in one table."""

from mailmax.webadmin.api import (
    activity,
    aliases,
    dead_mail,
    domains,
    logs,
    quarantine,
    queue,
    session,
    settings,
    status,
    traces,
    users,
)
from mailmax.webadmin.rest.routes import Routes

RESOURCES = (
    session,
    status,
    activity,
    traces,
    settings,
    domains,
    users,
    aliases,
    dead_mail,
    logs,
    quarantine,
    queue,
)
"""Each has ``ROUTES``; a new resource is a module and its name here."""


def all_routes() -> Routes:
    """Return the routes of all resources."""
    return Routes(route for resource in RESOURCES for route in resource.ROUTES)
