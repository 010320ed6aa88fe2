"""Why another system cannot be administered now, and what to do: in our own words.

Rules:
    Nothing that the other side has said is passed on: whoever answers there may be
    anybody (TRUST I).
"""

from http import HTTPStatus

from mailmax.base.errors import Failure, PermanentFailure
from mailmax.hub.contract.message import Denied
from mailmax.hub.joining import JoinRefused
from mailmax.webadmin.rest.problems import RETRY_S, Problem


def why_not(name: str, address: str, failure: Failure | None = None) -> Problem:
    """Make a problem of a link that did not come about, or is lost.

    Args:
        name: What the system is registered as here.
        address: Where it is.
        failure: Of the hub's client; None: it was there and is gone.
    """
    if isinstance(failure, JoinRefused):
        return _of_refusal(name, failure.why)
    if isinstance(failure, PermanentFailure):
        return _problem(
            "system_stranger",
            f"whoever answers at {address} does not prove to know the host password "
            f"of {name}",
            "look whether that is the place of its hub.listen",
        )
    return _problem(
        "system_away",
        f"{name} does not answer at {address}",
        "look whether it runs there, and whether hub.listen lets it be reached",
    )


def too_many() -> Problem:
    """Make the problem of one link more than there may be."""
    return _problem(
        "systems_busy",
        "too many other systems are spoken with at once",
        "try again in a minute",
    )


def _of_refusal(name: str, why: Denied) -> Problem:
    if why.kind == "wrong_password":
        return _problem(
            "system_password",
            f"{name} does not take the host password that was given for it",
            "edit its connection, and give the one that is set there",
        )
    if why.field == "version":
        return _problem(
            "system_version",
            f"{name} runs another version of MailMax",
            "install the same version on both",
        )
    return _problem(
        "system_closed",
        f"{name} lets nobody administer it from another computer",
        "switch remote administration on there, and set a host password of its own",
    )


def _problem(code: str, detail: str, hint: str) -> Problem:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return Problem(status, code, detail, hint=hint).with_header(
        "Retry-After", str(RETRY_S)
    )
