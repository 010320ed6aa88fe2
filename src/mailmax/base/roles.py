"""The services of the suite, each a process of its own."""

from typing import Literal, get_args

Role = Literal[
    "datamax",
    "filer",
    "queuemax",
    "smtpmax",
    "popmax",
    "imapmax",
    "housekeeping",
    "webadmin",
]
ROLES: tuple[Role, ...] = get_args(Role)
"""In the order of starting; each waits for what it needs by itself."""
