"""The accounts database: made, migrated, and what is not ours left untouched."""

import hashlib
import sqlite3
import threading

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from mailmax.base.errors import TemporaryFailure
from mailmax.store.accounts import domain_units, units
from mailmax.store.accounts.database import Database, DatabaseRefused, sqlite_module
from mailmax.store.accounts.schema import HEAD, VERSION_TABLE, metadata


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path}/mailmax.db"


def test_migrations_give_the_schema_that_the_code_knows(url):
    database = Database(url)

    def differences(tx):
        context = MigrationContext.configure(tx, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == HEAD
        return compare_metadata(context, metadata)

    assert database.run(differences) == []
    database.close()


def test_accounts_of_the_first_version_keep_numbers_limits_and_states(url, monkeypatch):
    with monkeypatch.context() as then:
        then.setattr("mailmax.store.accounts.schema.HEAD", "first_tables")
        database = Database(url)
        database.run(write_first_accounts)
        database.close()

    database = Database(url)

    rows = {row.id: row for row in database.run(lambda tx: list(units.all_users(tx)))}
    assert {n: (row.kind, row.settings) for n, row in rows.items()} == {
        1: ("normal", '{"box_limit_octets": 500}'),
        2: ("disabled", "{}"),
    }
    fresh = {"domain_id": 1, "address": "new@a.test", "home": "h", "made_at": 1.0}
    names = {"first_name": "", "last_name": "", "credential_version": 1}
    assert database.run(units.insert_users, [{**fresh, **names}]) == {"new@a.test": 4}
    database.close()


def write_first_accounts(tx):
    """Write a domain and three users as the first version had them; delete one."""
    tx.execute(text("INSERT INTO domains (name, made_at) VALUES ('a.test', 1)"))
    for number, enabled, limit in ((1, True, 500), (2, False, 0), (3, True, 0)):
        tx.execute(
            text(
                "INSERT INTO users (domain_id, address, home, first_name, last_name,"
                " enabled, box_limit_octets, message_limit_octets,"
                " credential_version, made_at)"
                " VALUES (1, :address, 'h', 'F', 'L', :enabled, :limit, 0, 4, 1)"
            ),
            {"address": f"u{number}@a.test", "enabled": enabled, "limit": limit},
        )
    tx.execute(text("DELETE FROM users WHERE id = 3"))


def test_what_was_written_is_there_after_opening_again(url):
    first = Database(url)
    number = first.run(domain_units.insert_domain, "demo.test", 1.0)
    first.close()

    second = Database(url)

    assert second.run(domain_units.find_domain, "demo.test").id == number
    second.close()


def test_a_number_is_never_given_twice(url):
    database = Database(url)
    first = database.run(domain_units.insert_domain, "one.test", 1.0)
    database.run(domain_units.delete_domain, first)

    second = database.run(domain_units.insert_domain, "two.test", 1.0)

    assert second > first
    database.close()


def test_a_unit_of_work_that_fails_leaves_nothing(url):
    database = Database(url)

    def half(tx):
        domain_units.insert_domain(tx, "one.test", 1.0)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        database.run(half)

    assert database.run(domain_units.find_domain, "one.test") is None
    database.close()


def test_a_foreign_sqlite_database_is_refused_and_no_octet_changes(tmp_path):
    file = tmp_path / "theirs.db"
    theirs = sqlite3.connect(file)
    theirs.execute("CREATE TABLE invoices (id INTEGER)")
    theirs.commit()
    theirs.close()
    before = hashlib.sha256(file.read_bytes()).hexdigest()

    with pytest.raises(DatabaseRefused, match=r"somebody else \(invoices\).*untouched"):
        Database(f"sqlite:///{file}")

    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.db"]


def test_a_file_that_is_no_database_is_refused_and_no_octet_changes(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Tim, " * 1000)

    with pytest.raises(DatabaseRefused, match="not a database of MailMax"):
        Database(f"sqlite:///{file}")

    assert file.read_text() == "Dear Tim, " * 1000
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_foreign_postgresql_database_is_refused_and_left_alone(postgres_url):
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as tx:
        tx.execute(sqlalchemy.text("CREATE TABLE invoices (id integer)"))

    with pytest.raises(DatabaseRefused, match=r"somebody else \(invoices\)"):
        Database(postgres_url)

    assert sqlalchemy.inspect(engine).get_table_names() == ["invoices"]
    engine.dispose()


def test_a_database_without_the_right_to_write_is_refused(postgres, postgres_url):
    postgres.execute("DROP ROLE IF EXISTS reader")
    postgres.execute("CREATE ROLE reader LOGIN")
    url = postgres_url.replace("postgres@", "reader@")

    with pytest.raises(DatabaseRefused, match="may not be written"):
        Database(url)


def test_a_database_of_a_newer_product_is_refused(url):
    database = Database(url)
    database.run(
        lambda tx: tx.execute(
            sqlalchemy.text(f"UPDATE {VERSION_TABLE} SET version_num = 'of_tomorrow'")
        )
    )
    database.close()

    with pytest.raises(DatabaseRefused, match="newer MailMax"):
        Database(url)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("mysql://x@y/z", "mysql is not known"),
        ("nonsense", "no URL"),
        ("sqlite:///", "sqlite is not known"),
        ("sqlite:////nowhere/at/all/x.db", "no directory"),
    ],
)
def test_a_url_that_cannot_be_used_is_named(bad, words):
    with pytest.raises(DatabaseRefused, match=words):
        Database(bad)


def test_a_server_that_is_away_is_a_temporary_failure(tmp_path):
    with pytest.raises(TemporaryFailure):
        Database(f"postgresql://tim@/none?host={tmp_path}")


def test_the_place_shows_no_password(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/x.db")

    assert database.place == f"sqlite:///{tmp_path}/x.db"
    assert "hunter2" not in sqlalchemy.make_url(
        "postgresql://tim:hunter2@h/n"
    ).render_as_string(hide_password=True)
    database.close()


def test_every_connection_keeps_what_it_promises(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/x.db")

    def promises(tx):
        return [
            tx.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(database.run(promises)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [["wal", 2, 1]] * 3
    assert sqlite_module.sqlite_version_info >= (3, 40)
    database.close()


def test_postgresql_commits_are_synchronous(postgres_url):
    database = Database(postgres_url)

    shown = database.run(
        lambda tx: tx.exec_driver_sql("SHOW synchronous_commit").scalar()
    )

    assert shown == "on"
    database.close()


async def test_the_database_going_away_and_coming_back_is_survived(
    postgres, postgres_url
):
    """TRUST D12: away is a temporary failure, and afterwards all is well."""
    database = Database(postgres_url)
    await database.write(domain_units.insert_domain, "demo.test", 1.0)
    postgres.stop()
    try:
        with pytest.raises(TemporaryFailure):
            await database.read(domain_units.find_domain, "demo.test")
    finally:
        postgres.start()

    found = await database.read(domain_units.find_domain, "demo.test")

    assert found is not None
    database.close()


def test_a_database_that_is_gone_is_not_made_anew(url):
    """TRUST D12: without it every user would be unknown, and mail refused."""
    with pytest.raises(DatabaseRefused, match="holds no accounts"):
        Database(url, must_exist=True)

    Database(url).close()

    Database(url, must_exist=True).close()


def test_a_missing_file_is_not_even_touched(tmp_path):
    file = tmp_path / "mailmax.db"
    with pytest.raises(DatabaseRefused):
        Database(f"sqlite:///{file}", must_exist=True)

    assert not file.exists()


def test_one_question_may_be_about_more_users_than_an_engine_takes_values(url):
    database = Database(url)
    domain_id = database.run(domain_units.insert_domain, "demo.test", 1.0)
    row = {"domain_id": domain_id, "address": "a@demo.test", "home": "h"}
    names = {"first_name": "", "last_name": "", "settings": "{}", "kind": "normal"}
    row |= names | {"credential_version": 4, "version": 1, "made_at": 1.0}
    [number] = database.run(units.insert_users, [row]).values()

    found = database.run(units.credential_versions, range(number + 300_000))

    assert found == {number: 4}
    database.close()
