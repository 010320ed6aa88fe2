"""Who runs external programs here, and what they never see: all that is the node's."""

from mailmax.bootstrap.directories import directories_of
from mailmax.net.children.runner import Programs
from mailmax.settings.local import LocalSettings


def programs_of(local: LocalSettings, role: str) -> Programs:
    """Return who runs external programs for a role.

    Args:
        local: Where everything lies.
        role: Has a directory of its own below the working directory.
    """
    paths = local.paths
    hidden = (paths.root, *directories_of(paths).values())
    return Programs(paths.working / role, readable=local.programs_read, hidden=hidden)
