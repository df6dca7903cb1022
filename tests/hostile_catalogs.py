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
UPDATE chunks SET words = (SELECT words FROM chunks ORDER BY id LIMIT 1)
UPDATE chunks SET words = words || ' more'
UPDATE chunks SET words = replace(words, ' ', char(10))
UPDATE chunks SET words = hex(zeroblob(5000000)) WHERE id = 2
UPDATE chunks SET id = id + 1000000
UPDATE chunks SET id = -id
UPDATE chunks SET id = id + 100 WHERE id % 2
UPDATE chunks SET id = 20 - id
UPDATE records SET about = 'memory thing3'
UPDATE records SET session = id
UPDATE segments SET digest = (SELECT max(digest) FROM segments)
UPDATE segments SET digest = upper(digest)
UPDATE segments SET first = first - 1, last = last + 1
UPDATE segments SET first = 1, last = 1000000000
UPDATE segments SET first = -5
UPDATE OR REPLACE segments SET name = '../../records'
UPDATE OR REPLACE segments SET name = '1-1000000000x00000000', first = 1, last = 1000000000
INSERT OR REPLACE INTO segments SELECT '1-1000000000x00000000', 1, 1000000000, digest FROM segments
INSERT OR REPLACE INTO segments SELECT '7-9x00000000', 7, 9, digest FROM segments
INSERT OR REPLACE INTO segments SELECT '../words/' || name, first, last, digest FROM segments
INSERT INTO segments VALUES ('x', 'y', 'z', 7)
INSERT INTO segments VALUES (x'ff', NULL, 1.5, x'00')
DELETE FROM segments WHERE first = 1
DELETE FROM chunks WHERE id < 4
DELETE FROM sqlite_sequence; DELETE FROM chunks WHERE id > 4
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
UPDATE sqlite_master SET sql = replace(sql, 'digest TEXT', 'digest TEXT CHECK (length(zeroblob(900000000)) > 1)') \
WHERE name = 'segments'
UPDATE sqlite_master SET sql = replace(sql, 'kind TEXT', 'kind TEXT CHECK (kind <> ''note'')') WHERE name = 'records'
UPDATE sqlite_master SET sql = replace(sql, 'words TEXT', 'words TEXT COLLATE hostile') WHERE name = 'chunks'
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'porter')
DROP TABLE days; CREATE VIEW days AS SELECT 'x' AS day, 1 AS changed
DROP TABLE waiting; CREATE VIEW waiting AS {_ENDLESS}
DROP TABLE segments; CREATE TABLE segments (name)
DROP TABLE segments; CREATE VIEW segments AS SELECT '1-9x00000000' AS name, 1 AS first, 9 AS last, 'x' AS digest
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
    records.opening records.about records.session chunks.record chunks.start chunks."end" chunks.words vectors.value
    about.value days.changed segments.first segments.last segments.digest""".split()
_NUMBERS = "007e 00fe 007c 00fc ff7b 0000 0100 003c".split()  # float16: NaN, infinite, huge, zero, tiny, 1
_TABLES = "about days records chunks waiting vectors segments".split()
STATEMENTS = [
    *(
        "UPDATE {} SET {} = {}".format(*column.split("."), value.replace("{}", column.split(".")[1]))
        for column in _COLUMNS
        for value in _VALUES
    ),
    *(f"UPDATE OR REPLACE segments SET name = {value.replace('{}', 'name')}" for value in _VALUES[1:]),
    *(
        f"UPDATE vectors SET value = x'{number * 64}' {which}"
        for number in _NUMBERS
        for which in ("", "WHERE label = 2")
    ),
    *(f"DROP TABLE {table}" for table in _TABLES),
    *(f"DELETE FROM {table}" for table in [*_TABLES, "sqlite_sequence"]),
    *(f"PRAGMA user_version = {number}" for number in (0, 1, 3, -1, 2**31 - 1)),
    *_ODD.splitlines(),
]
