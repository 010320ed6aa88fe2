"""The accounts database: opened, checked, migrated, and used in units of work.

Theory:
    A *unit of work* is a plain function ``work(tx, …)`` that runs all its statements
    in one transaction; `Database.write` and `Database.read` carry it to a thread and
    back in one hop. Writes have one thread of their own, so they never wait for each
    other's locks and their order is the order of the changes.

Rules:
    Only setting up makes a database. A service that finds none, or an empty one, must
    not go on as if it had no users: mail would be refused for good (TRUST D12).
    A database that holds anything else is refused before anything is changed in it;
    so is one that a newer MailMax made. What a unit of work promises is durable when
    it returns (TRUST D1): SQLite in WAL with synchronous=FULL, checked on every
    connection; PostgreSQL with synchronous_commit=on.

Manual: 3.2.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.settings.database_url import without_password
from mailmax.store.accounts import schema

try:
    import pysqlite3 as sqlite_module  # type: ignore[import-untyped]
except ImportError:  # no wheel for this platform
    sqlite_module = sqlite3

READERS = 2
CACHE = "cache_size=-24000"
"""KiB a connection: a look at the lines of 100,000 users stays in memory."""
BUSY_S = 10.0
ANSWER_S = 6.0
_POSTGRES = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_LOCK_MS = 5_000
_SQLITE_FULL = 2
_PROBE = "mailmax_write_probe"

_GONE = (
    "{place} holds no accounts, though this node was set up: mount or restore the "
    "database, or set up another node"
)

Work = ParamSpec("Work")
ResultT = TypeVar("ResultT")


class DatabaseRefused(PermanentFailure):
    """It is not ours, or cannot be used; nothing in it was changed."""


class Database:
    """An open accounts database of this product, at the newest migration."""

    def __init__(self, url: str, *, must_exist: bool = False) -> None:
        """Open, check and migrate; blocks.

        Args:
            url: ``sqlite:///absolute/path`` or ``postgresql://user@host/name``.
            must_exist: It was made before: an empty one is refused.

        Raises:
            DatabaseRefused: It is not ours or cannot be written.
            TemporaryFailure: It does not answer.
        """
        self.url = _parse(url)
        if must_exist:
            _refuse_missing_file(self.url)
        self.place = without_password(self.url.render_as_string(hide_password=True))
        self._engine = _make_engine(self.url)
        self._writer = ThreadPoolExecutor(1, "db-write")
        self._readers = ThreadPoolExecutor(READERS, "db-read")
        try:
            self.run(_open_up, self.place, must_exist=must_exist)
        except BaseException:
            self.close()
            raise

    async def write(
        self,
        work: Callable[Concatenate[Connection, Work], ResultT],
        *args: Work.args,
        **kwargs: Work.kwargs,
    ) -> ResultT:
        """Run a unit of work that may change something; durable on return.

        Raises:
            TemporaryFailure: The database is away; nothing was changed.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._writer, lambda: self.run(work, *args, **kwargs)
        )

    async def read(
        self,
        work: Callable[Concatenate[Connection, Work], ResultT],
        *args: Work.args,
        **kwargs: Work.kwargs,
    ) -> ResultT:
        """Run a unit of work that only looks.

        Raises:
            TemporaryFailure: The database is away.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._readers, lambda: self._run(False, work, *args, **kwargs)
        )

    def run(
        self,
        work: Callable[Concatenate[Connection, Work], ResultT],
        *args: Work.args,
        **kwargs: Work.kwargs,
    ) -> ResultT:
        """Run a unit of work here and now; blocks.

        Raises:
            TemporaryFailure: The database is away; nothing was changed.
        """
        return self._run(True, work, *args, **kwargs)

    def close(self) -> None:
        """End the threads and close every connection; blocks."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()

    def _run(
        self,
        writes: bool,  # noqa: FBT001 - private
        work: Callable[Concatenate[Connection, Work], ResultT],
        *args: Work.args,
        **kwargs: Work.kwargs,
    ) -> ResultT:
        options = {"mailmax_writes": writes}
        try:
            with (
                self._engine.execution_options(**options).connect() as tx,
                tx.begin(),
            ):
                return work(tx, *args, **kwargs)
        except DBAPIError as error:
            if _is_no_database(error):
                raise DatabaseRefused(
                    f"{self.place} is not a database of MailMax; it was left "
                    "untouched: name another place"
                ) from error
            raise TemporaryFailure(f"the database does not work: {error.orig}") from (
                error
            )


async def in_time(answer: Awaitable[ResultT]) -> ResultT:
    """Wait for an answer of the database, but not for ever.

    A unit of work that has not begun by then is not done; one that has may be.

    Raises:
        TemporaryFailure: It does not answer.
    """
    try:
        async with asyncio.timeout(ANSWER_S):
            return await answer
    except TimeoutError:
        raise TemporaryFailure("the database does not answer") from None


def _parse(text_url: str) -> URL:
    try:
        url = make_url(text_url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseRefused(
            "database_url: it is no URL; give sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST/NAME"
        ) from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return url.set(drivername="sqlite")
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise DatabaseRefused(
        f"database_url: {kind} is not known; give sqlite:///PATH or "
        "postgresql://USER:PASSWORD@HOST/NAME"
    )


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _make_sqlite(url)
    try:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=READERS + 1,
            connect_args={k: v for k, v in _POSTGRES.items() if k not in url.query},
        )
    except ImportError as error:
        raise DatabaseRefused(
            "database_url: PostgreSQL needs psycopg; install mailmax[postgres]"
        ) from error

    @event.listens_for(engine, "connect")
    def promise(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            cursor.execute(f"SET lock_timeout = {_LOCK_MS}")
        connection.commit()

    return engine


def _make_sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    _refuse_foreign_file(path)
    engine = create_engine(
        url,
        module=sqlite_module,
        connect_args={"timeout": BUSY_S, "check_same_thread": False},
        pool_size=READERS + 1,
    )

    @event.listens_for(engine, "connect")
    def promise(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            CACHE,
        ):
            connection.execute(f"PRAGMA {pragma}")
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if level != _SQLITE_FULL or mode != "wal":
            raise DatabaseRefused(
                f"{path} cannot keep what it promises (journal {mode}, "
                f"synchronous {level}): put it on a local disk"
            )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("mailmax_writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _refuse_foreign_file(path: Path) -> None:
    """Look at a file that is there without changing an octet of it."""
    if not path.parent.is_dir():
        raise DatabaseRefused(f"database_url: there is no directory {path.parent}")
    if not path.exists() or path.stat().st_size == 0:
        return
    try:
        looker = sqlite_module.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            rows = looker.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {row[0] for row in rows}
        finally:
            looker.close()
    except sqlite_module.Error as error:
        raise DatabaseRefused(
            f"{path} is not a database of MailMax ({error}); it was left untouched: "
            "name another place"
        ) from error
    if tables:
        _refuse_foreign_tables(tables, str(path))


def _refuse_foreign_tables(tables: set[str], place: str) -> None:
    if schema.about.name not in tables:
        some = ", ".join(sorted(tables)[:3])
        raise DatabaseRefused(
            f"{place} holds tables of somebody else ({some}); it was left untouched: "
            "name an empty database or one of MailMax"
        )


def _is_no_database(error: DBAPIError) -> bool:
    return "file is not a database" in str(error.orig)


def _refuse_missing_file(url: URL) -> None:
    """SQLite would make it, and every user would be unknown (TRUST D12)."""
    path = Path(url.database or "")
    if url.get_backend_name() == "sqlite" and not path.exists():
        raise DatabaseRefused(_GONE.format(place=path))


def _open_up(tx: Connection, place: str, *, must_exist: bool) -> None:
    """Refuse what is not ours, test the right to write, bring the tables up to date."""
    tables = set(inspect(tx).get_table_names())
    if must_exist and not tables:
        raise DatabaseRefused(_GONE.format(place=place))
    if tables:
        _refuse_foreign_tables(tables, place)
        if tx.scalar(select(schema.about.c.product)) != schema.PRODUCT:
            raise DatabaseRefused(f"{place} is not an accounts database of MailMax")
    _probe_rights(tx, place)
    if schema.VERSION_TABLE in tables:
        revision = tx.scalar(text(f"SELECT version_num FROM {schema.VERSION_TABLE}"))  # noqa: S608 - a constant
        if revision == schema.HEAD:
            return
    _migrate(tx, place)


def _probe_rights(tx: Connection, place: str) -> None:
    try:
        with tx.begin_nested() as probe:
            tx.exec_driver_sql(f"CREATE TABLE {_PROBE} (id INTEGER)")
            tx.exec_driver_sql(f"INSERT INTO {_PROBE} VALUES (1)")  # noqa: S608 - a constant
            probe.rollback()
    except DBAPIError as error:
        raise DatabaseRefused(
            f"{place} may not be written ({error.orig}); give its user the right to "
            "create tables and to change rows"
        ) from error


def _migrate(tx: Connection, place: str) -> None:
    from alembic import command  # noqa: PLC0415 - 0.2 s, only when it is needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = tx
    try:
        command.upgrade(config, schema.HEAD)
    except CommandError as error:
        raise DatabaseRefused(
            f"{place} was made by a newer MailMax ({error}); it was left untouched"
        ) from error
    except SQLAlchemyError as error:
        raise DatabaseRefused(f"{place} could not be migrated: {error}") from error
