"""Which exit code stands for a failure that kept services (or a set-up) from starting.

Rules:
    Scripts and systemd rely on them: what is in use now may be free in a moment
    (`packaging/systemd` tries again), what is not allowed or not understood will not
    mend itself.
"""

import errno

from mailmax.bootstrap.only_one import AlreadyRunningError
from mailmax.cli.exits import Exit


def exit_of(failure: Exception, usual: Exit = Exit.CONFIG) -> Exit:
    """Return the exit code of a failure, by what caused it.

    Args:
        failure: Raised by the start or the set-up.
        usual: Where nothing more is known.
    """
    cause = failure if isinstance(failure, OSError) else failure.__cause__
    if isinstance(failure, AlreadyRunningError):
        return Exit.CONFLICT
    if isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE:
        return Exit.CONFLICT
    return Exit.DENIED if isinstance(cause, PermissionError) else usual
