"""What desks of every subject use: the accounts, who is here, what is set."""

from typing import Any

from mailmax.datamax.domain_names import DomainNames
from mailmax.datamax.hashing import HashPool
from mailmax.datamax.host_password import HostPassword
from mailmax.datamax.member import Member
from mailmax.datamax.own_name import OwnName
from mailmax.datamax.plan import HubPlan
from mailmax.datamax.ports import BasePorts
from mailmax.datamax.presence import GuestBook
from mailmax.datamax.pushes import Publisher
from mailmax.datamax.relay_desk import RelayDesk
from mailmax.settings.system import SYSTEM_SETTINGS


class Common:
    """Made once for a hub, on its loop."""

    def __init__(self, plan: HubPlan) -> None:
        """Begin with nobody here and the settings as they are built in."""
        self.plan = plan
        self.database = plan.database
        self.settings: dict[str, Any] = {
            key: field.default for key, field in SYSTEM_SETTINGS.items()
        }
        """Of the system, as they are now."""
        self.members: set[Member] = set()
        """Who has joined."""
        self.book = GuestBook()
        self.publisher = Publisher()
        self.relays = RelayDesk(plan.database, self.members)
        self.pool = HashPool()
        self.domains = DomainNames()
        self.own_name = OwnName()
        self.host_password = HostPassword(plan.password, self.members)

    @property
    def timeout_s(self) -> float:
        """DataMax timeout."""
        return float(self.settings["datamax_timeout_s"])

    def name(self) -> str:
        """Return what this system is called (GEN-1)."""
        return self.settings["system_name"] or self.plan.node

    def base_ports(self) -> BasePorts:
        """Return what is added to ports, here and where services run elsewhere."""
        return BasePorts(self.plan.base_port, self.book.highest_base_port())

    def has_first_password(self) -> bool:
        """Tell whether the host password is still that of the set-up."""
        return self.host_password.is_first
