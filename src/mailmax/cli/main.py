"""The door: ``mailmax`` and its commands."""


def main() -> None:
    """Run a command."""
