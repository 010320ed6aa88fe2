"""What is administered: accounts, connections, who may come, rules, the cluster."""

from collections.abc import Coroutine
from typing import Any

from mailmax.datamax.access_desk import AccessDesk
from mailmax.datamax.account_desk import AccountDesk, Keys
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.binding_desk import BindingDesk
from mailmax.datamax.changes import Acting, Changes
from mailmax.datamax.check_desk import CheckDesk
from mailmax.datamax.cluster.desk import ClusterDesk
from mailmax.datamax.housekeeping_desk import HousekeepingDesk
from mailmax.datamax.last_logins import LastLogins
from mailmax.datamax.rule_desk import RuleDesk
from mailmax.datamax.sealing import Seal
from mailmax.datamax.wiring.common import Common
from mailmax.datamax.wiring.handlers import Handlers, for_anybody, together
from mailmax.datamax.wrapping import wrap_imported
from mailmax.hub.contract.settings import SetSetting
from mailmax.policy.checks.facts import HubFact


class Administration:
    """The desks of what administrators change."""

    def __init__(
        self,
        common: Common,
        secrets: ApopSecrets,
        seal: Seal,
        last_logins: LastLogins,
        acting: Acting,
    ) -> None:
        """Make them.

        Args:
            common: What desks use.
            secrets: Of APOP.
            seal: Of smart hosts' passwords.
            last_logins: Who was here when, for Housekeeping.
            acting: The hub, which acts by a change first.
        """
        self._common = common
        plan, database, book = common.plan, common.database, common.book
        self.changes = changes = Changes(database, common.publisher, acting)
        self.cluster = ClusterDesk(
            database, changes, common.publisher, plan.apop_key, common
        )
        self._checks = CheckDesk(
            database, secrets, plan.base_port, self._about_this_computer
        )
        self._accounts = AccountDesk(
            database,
            changes,
            Keys(common.pool, secrets, seal, common.settings),
            book,
            common.base_ports,
            self._checks,
        )
        self._access = AccessDesk(database, changes)
        self._bindings = BindingDesk(database, changes, book, common.base_ports)
        self._rules = RuleDesk(database, changes, common.relays.pass_on)
        self.housekeeping = HousekeepingDesk(database, book, last_logins, changes)

    def answers(self) -> Handlers:
        """Return who answers what."""
        accounts = dict(self._accounts.answers())
        accounts[SetSetting] = self.cluster.guarded(accounts[SetSetting])
        return together(
            for_anybody(
                accounts,
                self._rules.answers(),
                self._access.answers(),
                self.housekeeping.answers(),
                self._checks.answers(),
                self._bindings.answers(),
                self.cluster.answers(),
            ),
            self._bindings.notices(),
        )

    def chores(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what is done for as long as the hub runs."""
        common = self._common
        return (
            self._access.ban_trapped(),
            self._access.drop_expired(),
            self.cluster.watch(),
            self.cluster.look_up_senders(),
            wrap_imported(common.database, common.pool, self._accounts.imported),
        )

    async def _about_this_computer(self) -> HubFact:
        common = self._common
        return HubFact(
            await common.own_name.find(),
            common.plan.trusts_loopback,
            common.plan.tls is not None,
            common.has_first_password(),
            common.name(),
            self.cluster.facts(),
            common.host_password.is_short,
        )
