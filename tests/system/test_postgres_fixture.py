"""The PostgreSQL that hub tests stand on."""

import pytest
import sqlalchemy

from fix_postgres import Postgres


def test_a_database_is_empty_and_takes_rows(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)

    with engine.begin() as connection:
        before = sqlalchemy.inspect(connection).get_table_names()
        connection.execute(sqlalchemy.text("CREATE TABLE t (n int)"))
        connection.execute(sqlalchemy.text("INSERT INTO t VALUES (42)"))
    with engine.begin() as connection:
        kept = connection.execute(sqlalchemy.text("SELECT n FROM t")).scalar_one()

    engine.dispose()
    assert before == []
    assert kept == 42


def test_the_server_goes_and_comes_back(postgres: Postgres, postgres_url: str) -> None:
    """What TRUST D12 needs: a database that is away for a while."""
    engine = sqlalchemy.create_engine(postgres_url)
    postgres.stop()

    with pytest.raises(sqlalchemy.exc.OperationalError):
        engine.connect()
    postgres.start()

    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT 1")).scalar_one() == 1
    engine.dispose()
