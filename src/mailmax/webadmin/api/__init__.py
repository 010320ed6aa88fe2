"""The REST API's resources, a module each, all in one table."""

from mailmax.webadmin.api import (
    about,
    activity,
    aliases,
    dead_mail,
    domains,
    host_password,
    logs,
    quarantine,
    queue,
    rules,
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
    about,
    dead_mail,
    host_password,
    logs,
    quarantine,
    queue,
    rules,
)
"""Each has ``ROUTES``; a new resource is a module and its name here."""


def all_routes() -> Routes:
    """Return the routes of all resources."""
    return Routes(route for resource in RESOURCES for route in resource.ROUTES)
