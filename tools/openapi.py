"""web/openapi.json: what the REST API says of itself, for the types of the pages.

``python tools/openapi.py`` writes it; ``npm run api`` makes types of it.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))

from mailmax.webadmin.api import all_routes  # noqa: E402
from mailmax.webadmin.rest.openapi import describe  # noqa: E402

PLACE = ROOT / "web" / "openapi.json"


def main() -> None:
    """Write it."""
    PLACE.write_bytes(describe(all_routes()) + b"\n")


if __name__ == "__main__":
    main()
