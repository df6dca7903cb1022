"""Ways to damage a catalog that SQLite itself takes for whole: statements that put anything anywhere."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def with_sql(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with contextlib.closing(sqlite3.connect(folder / "catalog.sqlite3", isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.executescript(statement)

    return change


_ENDLESS = "WITH RECURSIVE n(chunk) AS (VALUES (1) UNION ALL SELECT chunk + 1 FROM n) SELECT * FROM n LIMIT 999999"
_ODD = f"""\
INSERT INTO waiting SELECT id FROM chunks
INSERT INTO waiting VALUES (999)
INSERT INTO waiting VALUES (-1)
UPDATE chunks SET start = start + 1; INSERT INTO waiting SELECT id FROM chunks; DELETE FROM vectors
UPDATE vectors SET label = label + 4000000000000
UPDATE vectors SET label = -label
UPDATE vectors SET chunk = -chunk
UPDATE vectors SET value = (SELECT value FROM vectors ORDER BY label LIMIT 1)
UPDATE records SET id = 'x' || id
UPDATE vectors SET value = CAST(value AS TEXT)
UPDATE chunks SET record = (SELECT min(id) FROM records)
UPDATE records SET id = lower(id)
UPDATE records SET thread = 'other', kind = 'chat', tags = '["other"]'
UPDATE records SET source = '{{"page": [1, {{"a": null}}]}}', tags = '[1, null, [2]]'
UPDATE records SET created = created + 0.5
UPDATE records SET created = 1e300
UPDATE chunks SET record = 'x' WHERE id % 2
UPDATE chunks SET record = (SELECT max(id) FROM records) WHERE id % 2
UPDATE chunks SET "end" = 1000000000000
UPDATE chunks SET start = -1000000000000
UPDATE vectors SET chunk = -chunk WHERE label % 2
UPDATE vectors SET chunk = (SELECT max(chunk) FROM vectors) + 7 WHERE label = 2
UPDATE vectors SET label = label + 4611686018427387904
UPDATE vectors SET value = zeroblob(100000000) WHERE label = 2
UPDATE words_content SET c0 = (SELECT c0 FROM words_content ORDER BY id LIMIT 1)
UPDATE words_docsize SET sz = x'ffffffff7f'
UPDATE words_docsize SET sz = x'00'
UPDATE words_data SET block = x'0000' WHERE id = 1
UPDATE about SET value = 'x' WHERE key = 'generation'
UPDATE about SET value = 'x' WHERE key LIKE 'generation _%'
UPDATE about SET key = 'generation ../../records' WHERE key LIKE 'generation _%'
UPDATE about SET value = 'hash-32' WHERE key = 'embedder'
UPDATE about SET value = 'x' WHERE key = 'identity'
INSERT INTO days SELECT '../' || day, changed FROM days
UPDATE days SET day = day || '/' || day
REINDEX
CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM records; END
CREATE TRIGGER t AFTER INSERT ON chunks BEGIN SELECT RAISE(ABORT, 'no'); END
CREATE TRIGGER t AFTER INSERT ON vectors BEGIN SELECT RAISE(IGNORE); END
CREATE TRIGGER t BEFORE DELETE ON records BEGIN SELECT RAISE(IGNORE); END
CREATE TRIGGER t BEFORE DELETE ON chunks BEGIN SELECT RAISE(IGNORE); END; \
UPDATE sqlite_master SET type = 'table' WHERE name = 't'
CREATE TRIGGER t AFTER INSERT ON chunks BEGIN SELECT load_extension('hostile'); END
CREATE TRIGGER t AFTER INSERT ON chunks BEGIN INSERT INTO waiting {_ENDLESS}; END
CREATE VIEW more AS SELECT 1; UPDATE sqlite_master SET type = 'table' WHERE name = 'more'
CREATE VIEW more AS SELECT 1; PRAGMA user_version = 0
CREATE TABLE more (x)
CREATE INDEX more ON records (length(hex(kind)))
UPDATE sqlite_master SET sql = 'CREATE TABLE ''words_config''(k PRIMARY KEY, v, \
CHECK (length(zeroblob(900000000)) > 1)) WITHOUT ROWID' WHERE name = 'words_config'
UPDATE sqlite_master SET sql = replace(sql, 'kind TEXT', 'kind TEXT CHECK (kind <> ''note'')') WHERE name = 'records'
UPDATE sqlite_master SET sql = replace(sql, 'porter unicode61', 'trigram') WHERE name = 'words'
UPDATE sqlite_master SET sql = replace(sql, 'porter unicode61', 'hostile') WHERE name = 'words'
DROP TABLE days; CREATE VIEW days AS SELECT 'x' AS day, 1 AS changed
DROP TABLE waiting; CREATE VIEW waiting AS {_ENDLESS}
DROP TABLE words; CREATE TABLE words (text)
ALTER TABLE records DROP COLUMN opening
ALTER TABLE records ADD COLUMN more
ALTER TABLE vectors RENAME COLUMN value TO valued
UPDATE sqlite_master SET sql = 'CREATE TABLE records (x' WHERE name = 'records'
UPDATE sqlite_master SET rootpage = 2
UPDATE sqlite_master SET sql = NULL
DELETE FROM sqlite_master
UPDATE sqlite_sequence SET seq = 9223372036854775807
UPDATE sqlite_sequence SET seq = -5
PRAGMA journal_mode = DELETE
PRAGMA auto_vacuum = FULL; VACUUM
PRAGMA page_size = 65536; VACUUM
PRAGMA encoding = 'UTF-16'
PRAGMA application_id = 1
"""

_VALUES = (
    "NULL", "1", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "1e999", "''", "'x'", "'{'", "'[]'",
    "'{}'", "'[[[]]]'", "x'ff'", "x''", "zeroblob(128)", "zeroblob(127)", "CAST(x'ff41' AS TEXT)",
    "CAST(x'00' AS TEXT)", "CAST({} AS BLOB)", "CAST({} AS TEXT) || 'x'",
)  # fmt: skip
_COLUMNS = """records.day records.kind records.thread records.author records.created records.source records.tags
    records.opening chunks.record chunks.start chunks."end" vectors.value about.value days.changed
    words_data.block words_content.c0""".split()
_NUMBERS = "007e 00fe 007c 00fc ff7b 0000 0100 003c".split()  # float16: NaN, infinite, huge, zero, tiny, 1
_TABLES = (
    "about days records chunks waiting vectors words words_data words_idx words_content words_docsize words_config"
)
STATEMENTS = [
    *(
        "UPDATE {} SET {} = {}".format(*column.split("."), value.replace("{}", column.split(".")[1]))
        for column in _COLUMNS
        for value in _VALUES
    ),
    *(
        f"UPDATE vectors SET value = x'{number * 64}' {which}"
        for number in _NUMBERS
        for which in ("", "WHERE label = 2")
    ),
    *(f"DROP TABLE {table}" for table in _TABLES.split()[:7]),
    *(f"DELETE FROM {table}" for table in [*_TABLES.split(), "sqlite_sequence"]),
    *(f"PRAGMA user_version = {number}" for number in (0, 2, -1, 2**31 - 1)),
    *_ODD.splitlines(),
]
