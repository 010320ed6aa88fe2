"""The limits of the settings, as the parts of QueueMax take them (Manual §4.4)."""

from mailmax.hub.port import SettingTable
from mailmax.policy.retry import RetryLimits
from mailmax.queuemax.pool import PoolLimits


def retry_limits(tables: SettingTable) -> RetryLimits:
    """Return how often and how far apart mail is tried."""
    return RetryLimits(
        retry_minutes=tables.setting("retry_minutes"),
        retries=tables.setting("retries"),
        resend_hours=tables.setting("resend_hours"),
        resends=tables.setting("resends"),
        is_permanent_final=tables.setting("permanent_errors") == "return",
    )


def pool_limits(tables: SettingTable) -> PoolLimits:
    """Return how many connections there may be."""
    return PoolLimits(
        fresh=tables.setting("outbound_connections"),
        retried=tables.setting("retry_connections"),
    )
