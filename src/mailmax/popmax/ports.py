"""What POPMax needs of DataMax: `hub.client.HubClient`, or a twin in tests."""

from typing import Protocol

from mailmax.hub.port import LoginHub, RelayingHub


class Hub(LoginHub, RelayingHub, Protocol):
    """Logins, and questions of administrators."""
