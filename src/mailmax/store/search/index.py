"""``search.db``: which messages of a user have which words.

Theory:
    An FTS5 table without content (``detail=none``) says which messages have a word,
    the table `words` which words there are, for the needle's ends. Words come cut and
    lowered (`tokens`), so the plain ``ascii`` tokenizer keeps them as they are. A
    message is known by mailbox and UID, which are never given to another; `done` says
    up to which UID a mailbox was read.

Rules:
    A cache: it may be deleted at any time, is never backed up, and its answers are
    candidates only, compared with the messages before they are reported.
    Opened for each question and closed again: a user who searches nothing costs
    nothing. Whoever asks and finds it locked does without.
    One that is damaged or of another version is dropped under the user's lock, and in
    a transaction of its own where it can still hold one, so that nobody's journal is
    left for the new one.

Limits:
    200 words that contain what is sought, 16 words of a needle; beyond them the rest
    of the needle decides, or nothing does.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from mailmax.message import fragment
from mailmax.store.search.candidates import Candidates
from mailmax.store.search.tokens import Part, Sought, words_sought

VERSION = fragment.VERSION << 8 | 1
"""Grows with the marks of the fragment, which say where words are sought."""
PATIENCE_S = 5.0
"""Who indexes waits so long for those who ask; they do not wait for him."""
WORDS_LIMIT = 200
NEEDLE_LIMIT = 16
_UID_BITS = 32
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(
    words, content='', detail=none, columnsize=0, tokenize=ascii);
CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uncut (message INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS done (
    mailbox INTEGER PRIMARY KEY, validity INTEGER, next_uid INTEGER, messages INTEGER);
PRAGMA user_version = {VERSION};
COMMIT;
"""


class Unavailable(Exception):
    """Somebody else writes it, or the disk is in trouble: do without."""


class Damaged(Exception):
    """It is to be made anew."""


class Mailbox(NamedTuple):
    """Which mailbox."""

    folder_id: int
    uid_validity: int

    @property
    def first(self) -> int:
        """The number of its message 0."""
        return self.folder_id << _UID_BITS


class SearchIndex:
    """The index of one user."""

    def __init__(self, path: str) -> None:
        """Name its file; it is made when something is added."""
        self._path = path

    def exists(self) -> bool:
        """There is one."""
        return Path(self._path).exists()

    def drop(self, locked: Callable[[], AbstractContextManager[None]]) -> None:
        """Throw it away; whoever has it open goes on alone.

        Args:
            locked: Takes the user's lock.

        Raises:
            Unavailable: Try again later.
        """
        try:
            with self._open(PATIENCE_S) as db:
                db.execute("BEGIN EXCLUSIVE")
                with locked():
                    self._unlink()
        except Damaged:
            with locked():
                self._unlink_damaged()

    def _unlink_damaged(self) -> None:
        try:
            with self._open():
                pass  # somebody made it anew meanwhile
        except Damaged:
            self._unlink()

    def _unlink(self) -> None:
        for suffix in ("", "-journal"):
            Path(self._path + suffix).unlink(missing_ok=True)

    # Writing

    def progress(self, mailbox: Mailbox) -> tuple[int, int]:
        """Return from which UID on a mailbox is not known, and messages of all.

        Raises:
            Unavailable: Try again later.
            Damaged: Drop it.
        """
        if not self.exists():
            return 1, 0
        with self._open(PATIENCE_S) as db:
            [(total,)] = db.execute("SELECT total(messages) FROM done")
            return _next_uid(db, mailbox), int(total)

    def add(
        self,
        mailbox: Mailbox,
        messages: Sequence[tuple[int, set[str] | None]],
        next_uid: int,
    ) -> None:
        """Add messages (UID, words; None: may always fit), all below `next_uid`.

        Raises:
            Unavailable: Try again later.
            Damaged: Drop it.
        """
        cut = [(mailbox.first + uid, " ".join(w)) for uid, w in messages if w]
        uncut = [(mailbox.first + uid,) for uid, words in messages if words is None]
        new = sorted(set().union(*(words for _, words in messages if words)))
        with self._open(PATIENCE_S) as db:
            db.execute("BEGIN IMMEDIATE")
            if _next_uid(db, mailbox) > min((uid for uid, _ in messages), default=1):
                return  # another process was faster
            db.executemany("INSERT INTO texts (rowid, words) VALUES (?, ?)", cut)
            db.executemany("INSERT INTO uncut VALUES (?)", uncut)
            db.executemany("INSERT OR IGNORE INTO words VALUES (?)", zip(new))
            db.execute(
                "INSERT INTO done VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "next_uid = excluded.next_uid, messages = messages + excluded.messages",
                (*mailbox, next_uid, len(messages)),
            )
            db.execute("COMMIT")

    # Reading

    def candidates(self, mailbox: Mailbox, needle: str) -> Candidates | None:
        """Return the messages that may hold a text (lower case); None: any may.

        Raises:
            Unavailable: Do without.
            Damaged: Drop it.
        """
        sought = words_sought(needle)[:NEEDLE_LIMIT]
        if not sought or not self.exists():
            return None
        with self._open() as db:
            db.execute("BEGIN")
            below = _next_uid(db, mailbox)
            terms = _terms(db, sought)
            if below == 1 or terms is None:
                return None
            ends = (mailbox.first, mailbox.first + (1 << _UID_BITS) - 1)
            found = db.execute(
                "SELECT message FROM uncut WHERE message BETWEEN ? AND ?", ends
            ).fetchall()
            if terms:
                found += db.execute(
                    "SELECT rowid FROM texts WHERE texts MATCH ? "
                    "AND rowid BETWEEN ? AND ?",
                    (terms, *ends),
                ).fetchall()
            return Candidates({number - mailbox.first for (number,) in found}, below)

    @contextmanager
    def _open(self, patience_s: float = 0.0) -> Iterator[Any]:
        sqlite = _sqlite()
        try:
            with closing(
                sqlite.connect(self._path, timeout=patience_s, isolation_level=None)
            ) as db:
                _check(db)
                yield db
        except sqlite.OperationalError as error:
            raise Unavailable from error
        except sqlite.DatabaseError as error:
            raise Damaged from error


def _check(db: Any) -> None:
    """Make the tables of a new one; refuse one that is not ours."""
    db.execute("BEGIN")  # both from one moment: somebody may be making it
    [(version,)] = db.execute("PRAGMA user_version")
    [(objects,)] = db.execute("SELECT count(*) FROM sqlite_schema")
    db.execute("COMMIT")
    if version == VERSION:
        return
    if objects:
        raise Damaged
    db.executescript(_SCHEMA)


@cache
def _sqlite() -> Any:
    """Load SQLite where it is used: most roles that hold mail never search it."""
    try:
        return import_module("pysqlite3")
    except ImportError:  # no wheel for this platform
        return import_module("sqlite3")


def _next_uid(db: Any, mailbox: Mailbox) -> int:
    for validity, next_uid in db.execute(
        "SELECT validity, next_uid FROM done WHERE mailbox = ?", mailbox[:1]
    ):
        if validity != mailbox.uid_validity:
            raise Damaged
        return int(next_uid)
    return 1


def _terms(db: Any, sought: Sequence[Sought]) -> str | None:
    """Return the FTS5 query; empty when nothing has these words, None when any may.

    Reading all words costs more than asking for some: it is spared where a whole word
    decides.
    """
    clauses = [f'"{word}"' for word, part in sought if part is Part.WHOLE]
    clauses += [f'"{word}"*' for word, part in sought if part is Part.BEGIN]
    if any(part is Part.WHOLE for _, part in sought):
        return " AND ".join(clauses)
    for word, part in sought:
        if part is Part.BEGIN:
            continue
        rows = db.execute("SELECT word FROM words WHERE instr(word, ?)", (word,))
        having = [w for (w,) in rows if part is Part.INSIDE or w.endswith(word)]
        if not having:
            return ""
        if len(having) <= WORDS_LIMIT:
            clauses.append("(" + " OR ".join(f'"{w}"' for w in having) + ")")
    return " AND ".join(clauses) or None
