"""No password of the database is shown (LOC-2)."""

import pytest

from mailmax.settings.database_url import without_password


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/mailmax/data/mailmax.db",) * 2,
        ("postgresql:///mailmax?host=/run/postgresql",) * 2,
        ("postgresql://mm@db/mailmax",) * 2,
        ("postgresql://mm:geheim@db/mailmax", "postgresql://mm:***@db/mailmax"),
        ("postgresql://mm:ge@h/ei:m@db:1/m", "postgresql://mm:***@db:1/m"),
        (
            "postgresql://mm@db/m?password=geheim&sslmode=require",
            "postgresql://mm@db/m?password=***&sslmode=require",
        ),
        ("postgresql:///m?SSLPassword=geheim", "postgresql:///m?SSLPassword=***"),
    ],
)
def test_a_password_is_left_out(url, shown):
    assert without_password(url) == shown
