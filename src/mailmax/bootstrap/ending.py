"""The end of a process whose work has stopped by a bug."""

import logging
import os

EXIT_BUG = 70
"""sysexits' EX_SOFTWARE."""


def end_process() -> None:
    """Who is up and does nothing is worse than none: the supervisor starts another."""
    logging.shutdown()
    os._exit(EXIT_BUG)
