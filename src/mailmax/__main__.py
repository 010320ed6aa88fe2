"""Run as ``python -m mailmax``."""

from mailmax.cli.main import main

main()
