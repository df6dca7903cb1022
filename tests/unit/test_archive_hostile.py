"""An archive that anybody may have made cannot harm whoever reads it."""

import gzip
import json
import os
import subprocess
import sys
import zlib

import pytest
from archives import HEADER, PLAIN, archive_of, fill, read, refused

from memo_jupyter.archive import lines
from memo_jupyter.archive.reading import Limits
from memo_jupyter.archive.transfer import export, import_
from memo_jupyter.errors import BadArchive, BadInput
from memo_jupyter.testing import fake_memo


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def full(memo):
    return fill(memo)


def without(name):
    return {key: value for key, value in PLAIN.items() if key != name}


def vector(**fields):
    whole = {"start": 0, "end": 2, "values": "AAA=", **fields}
    return PLAIN | {"embedder": "hash-64", "vectors": [{key: one for key, one in whole.items() if one is not None}]}


DEEP = b"[" * 100_000
BAD_LINES = {
    "an unknown field": (PLAIN | {"extra": 1}, "line 2 has the unknown field 'extra'"),
    "no id": (without("id"), "line 2 has no field 'id'"),
    "no text": (without("text"), "line 2 has no field 'text'"),
    "path traversal": (PLAIN | {"id": "../../x"}, r"line 2 has the id '\.\./\.\./x', which memo never gave"),
    "an absolute path": (PLAIN | {"id": "/etc/passwd"}, "which memo never gave"),
    "a lower-case id": (PLAIN | {"id": PLAIN["id"].lower()}, "which memo never gave"),
    "an id with a newline": (PLAIN | {"id": PLAIN["id"] + "\n"}, "which memo never gave"),
    "an id with NUL": (PLAIN | {"id": PLAIN["id"][:-1] + "\0"}, "which memo never gave"),
    "an id with other digits": (PLAIN | {"id": PLAIN["id"][:-1] + "\u0660"}, "which memo never gave"),
    "an id that overflows": (PLAIN | {"id": "8" + PLAIN["id"][1:]}, "which memo never gave"),
    "an id of the year 10889": (PLAIN | {"id": "7" + "Z" * 25}, "of a time that cannot be kept"),
    "an id that is a number": (PLAIN | {"id": 7}, "has the id a int, which memo never gave"),
    "an id that is deep": (PLAIN | {"id": [[["x"]]]}, "has the id a list"),
    "a time before 1970": (PLAIN | {"created": "1969-12-31T23:59:59.999999+00:00"}, "before 1970"),
    "the year 0": (PLAIN | {"created": "0000-01-01T00:00:00.000000+00:00"}, "not a time like"),
    "the year 10000": (PLAIN | {"created": "10000-01-01T00:00:00.000000+00:00"}, "not a time like"),
    "a time without a zone": (PLAIN | {"created": "2026-11-22T09:30:00.123456"}, "not a time like"),
    "a time of another zone": (PLAIN | {"created": "2026-11-22T09:30:00.123456+02:00"}, "not a time like"),
    "a time of milliseconds": (PLAIN | {"created": "2026-11-22T09:30:00.123+00:00"}, "not a time like"),
    "a time that is a number": (PLAIN | {"created": 5}, "not a time like"),
    "an unknown kind": (PLAIN | {"kind": "spell"}, "has the unknown kind 'spell'"),
    "a kind that is a list": (PLAIN | {"kind": ["note"]}, "has the unknown kind a list"),
    "an empty text": (PLAIN | {"text": " \n"}, "has an empty text"),
    "a text that is a number": (PLAIN | {"text": 5}, "has a text that is not a text"),
    "a text that is null": (PLAIN | {"text": None}, "has a text that is not a text"),
    "a prompt that is null": (PLAIN | {"prompt": None}, "has a prompt that is not a text"),
    "a source of bools": (PLAIN | {"source": {"page": True}}, "has a source that is not an object of texts and whole"),
    "a source of lists": (PLAIN | {"source": {"page": []}}, "has a source that is not an object of texts and whole"),
    "a source that is a list": (PLAIN | {"source": []}, "has a source that is not an object of texts and whole"),
    "tags that are a text": (PLAIN | {"tags": "ab"}, "has tags that are not a list"),
    "tags that are numbers": (PLAIN | {"tags": [1]}, "has a tag that is not a text"),
    "half a character in the text": (PLAIN | {"text": "a\ud800"}, "has half a character in its text"),
    "half a character in a tag": (PLAIN | {"tags": ["\udfff"]}, "has half a character in its tag"),
    "half a character in a source": (PLAIN | {"source": {"\ud800": 1}}, "has half a character in its source"),
    "half a character as a field": (PLAIN | {"\ud800": 1}, r"has the unknown field '\\ud800'"),
    "a vector past the text": (vector(end=3), "has a vector of what is not in its text"),
    "a vector from behind": (vector(start=2, end=1), "has a vector of what is not in its text"),
    "a vector from before": (vector(start=-1), "has a vector of what is not in its text"),
    "a vector from True": (vector(start=True), "has a vector of what is not in its text"),
    "a vector without an end": (vector(end=None), "has a vector that is not one"),
    "a vector with more": (vector(more=1), "has a vector that is not one"),
    "a vector that is no base64": (vector(values="!!"), "has a vector that is not base64"),
    "a vector that is a list": (vector(values=[1.5]), "is not a whole number"),
    "a vector of half characters": (vector(values="\ud800"), "has half a character"),
    "vectors that are an object": (PLAIN | {"vectors": {}}, "has vectors that are not a list"),
    "an integer too large for a record": (PLAIN | {"source": {"page": 10**639}}, "too large"),
    "an integer too large for Python": (
        json.dumps(PLAIN)[:-1].encode() + b', "source": {"page": ' + b"9" * 100_000 + b"}}",
        "holds too large a number",
    ),
    "a fraction": (PLAIN | {"source": {"page": 1.5}}, "holds '1.5', which is not a whole number"),
    "NaN": (PLAIN | {"source": {"page": float("nan")}}, "holds 'NaN'"),
    "Infinity": (PLAIN | {"source": {"page": float("inf")}}, "holds 'Infinity'"),
    "a field twice": (json.dumps(PLAIN)[:-1].encode() + b', "text": "other"}', "has a field twice"),
    "a field twice, deeper": (json.dumps(PLAIN)[:-1].encode() + b', "source": {"a": 1, "a": 2}}', "has a field twice"),
    "deep lists": (DEEP, "is nested too deeply"),
    "deep objects": (b'{"a":' * 100_000, "is nested too deeply"),
    "a deep field": (json.dumps(PLAIN)[:-1].encode() + b', "tags": ' + DEEP, "is nested too deeply"),
    "a list": ([PLAIN], "is not a JSON object"),
    "nothing": (b"", "is not JSON"),
    "a pickle": (b"\x80\x05}\x94.", "is not UTF-8 text"),
    "invalid UTF-8": (b'{"text": "\xff"}', "is not UTF-8 text"),
    "UTF-16": (json.dumps(PLAIN).encode("utf-16-le"), "is not JSON"),
    "a raw NUL": (json.dumps(PLAIN).replace("hi", "h\0i").encode(), "is not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(PLAIN).encode(), "is not JSON"),
    "two objects": (json.dumps(PLAIN).encode() * 2, "is not JSON"),
}


@pytest.mark.parametrize(("line", "why"), BAD_LINES.values(), ids=BAD_LINES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_hostile_line_is_refused_by_its_number(full, tmp_path, line, why, packed):
    data = archive_of(line)
    (tmp_path / "x").write_bytes(gzip.compress(data) if packed else data)
    assert "line 2 " in refused(full, tmp_path / "x", why)


def test_a_good_line_between_is_not_kept_when_a_later_one_is_bad(memo, tmp_path):
    (tmp_path / "x").write_bytes(archive_of(PLAIN, PLAIN | {"id": "01KB" + "0" * 22, "extra": 1}))
    assert refused(memo, tmp_path / "x", "line 3 has the unknown field").endswith("Nothing was imported.")
    assert memo.recent() == []


def test_the_line_that_the_hostile_ones_vary_is_good(memo, tmp_path):
    (tmp_path / "x").write_bytes(archive_of(PLAIN | {"text": "a\0b \U0001f642", "source": {"page": 2**63, "a": ""}}))
    assert memo.import_(tmp_path / "x").added == 1
    assert memo.get(PLAIN["id"]).text == "a\0b \U0001f642"
    assert memo.recent()[0].id == PLAIN["id"]


def test_the_same_id_twice_is_refused(memo, tmp_path):
    (tmp_path / "x").write_bytes(archive_of(PLAIN, PLAIN | {"text": "other"}))
    refused(memo, tmp_path / "x", f"line 3 has the id {PLAIN['id']} again")
    later = PLAIN | {"id": "01KB" + "0" * 22}
    (tmp_path / "x").write_bytes(archive_of(PLAIN, later, PLAIN | {"text": "other"}))
    refused(memo, tmp_path / "x", "line 4 has the id .* again, or out of order")


HEADERS = {
    "a later version": (
        HEADER | {"memo-archive": 2, "new": 1},
        r"format 2; this one reads 1\)\. Update memo-jupyter\.",
    ),
    "version 0": (HEADER | {"memo-archive": 0}, "not the first line of a memo archive"),
    "version True": (HEADER | {"memo-archive": True}, "not the first line of a memo archive"),
    "a text as version": (HEADER | {"memo-archive": "1"}, "not the first line of a memo archive"),
    "more fields": (HEADER | {"more": 1}, "not the first line that memo writes"),
    "fewer fields": ({"memo-archive": 1}, "not the first line that memo writes"),
    "odd vectors": (HEADER | {"vectors": 1}, "not the first line that memo writes"),
    "a record": (PLAIN, "not the first line of a memo archive"),
    "a long line": (b"x" * 10_000, "not the first line of a memo archive"),
    "a list": ([], "not the first line of a memo archive"),
}


@pytest.mark.parametrize(("header", "why"), HEADERS.values(), ids=HEADERS)
def test_a_hostile_first_line_is_refused(memo, tmp_path, header, why):
    (tmp_path / "x").write_bytes(archive_of(PLAIN, header=header))
    refused(memo, tmp_path / "x", why)


def test_vectors_that_the_first_line_denies_are_refused(memo, tmp_path):
    (tmp_path / "x").write_bytes(archive_of(vector(), header=HEADER | {"vectors": False}))
    refused(memo, tmp_path / "x", "line 2 has vectors, which the first line denies")


def test_every_cut_and_every_changed_byte_is_noticed(memo, tmp_path):
    data = archive_of(PLAIN, PLAIN | {"id": "01KB" + "0" * 22, "text": "other"})
    path = tmp_path / "x"
    for place in range(len(data) - 1):  # without its last newline, it is whole all the same
        path.write_bytes(data[:place])
        with pytest.raises(BadArchive):
            read(path)
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(BadArchive):
            read(path)
    path.write_bytes(data)
    refused_not = memo.import_(path)
    assert refused_not.added == 2


def test_every_cut_and_every_changed_byte_of_a_packed_one_gives_what_was_written_or_an_error(tmp_path):
    plain = archive_of(PLAIN, PLAIN | {"id": "01KB" + "0" * 22, "text": "other"})
    data = gzip.compress(plain)
    path = tmp_path / "x"
    path.write_bytes(data)
    whole = read(path)
    for place in range(len(data)):
        for changed in (data[:place], data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]):
            path.write_bytes(changed)
            try:
                assert read(path) == whole  # a changed time or name in gzip's own header changes nothing
            except BadArchive as error:
                assert "\n" not in str(error)


ENDS = {
    "a wrong count": {"memories": 2, "blake2b": None},
    "a count of True": {"memories": True, "blake2b": None},
    "a wrong digest": {"memories": 1, "blake2b": "0" * 64},
    "more": {"memories": 1, "blake2b": None, "more": 1},
    "nothing else": {"blake2b": None},
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_last_line_that_does_not_fit_is_refused(memo, tmp_path, end):
    right = json.loads(archive_of(PLAIN).splitlines()[-1])["blake2b"]
    (tmp_path / "x").write_bytes(archive_of(PLAIN, footer=end | {"blake2b": end["blake2b"] or right}))
    refused(memo, tmp_path / "x", "line 3 does not fit what stands before it")


def test_what_stands_after_the_end_is_refused(memo, tmp_path):
    (tmp_path / "x").write_bytes(archive_of(PLAIN) + b"\n")
    refused(memo, tmp_path / "x", "line 4 stands after its end")
    (tmp_path / "x").write_bytes(gzip.compress(archive_of(PLAIN)) + gzip.compress(b"more"))
    refused(memo, tmp_path / "x", "line 4 stands after its end")
    (tmp_path / "x").write_bytes(gzip.compress(archive_of(PLAIN)) + b"garbage")
    refused(memo, tmp_path / "x", "cannot be unpacked")


def test_an_empty_file_and_one_that_is_cut_say_so(memo, tmp_path):
    (tmp_path / "x").touch()
    refused(memo, tmp_path / "x", "it is empty")
    (tmp_path / "x").write_bytes(b"\n".join(archive_of(PLAIN).split(b"\n")[:2]) + b"\n")
    refused(memo, tmp_path / "x", "its last line is missing: it was cut")
    (tmp_path / "x").write_bytes(gzip.compress(archive_of(PLAIN))[:-10])
    refused(memo, tmp_path / "x", "it was cut or damaged")


def test_what_is_no_file_is_refused_without_waiting(memo, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero", "/dev/null"):
        refused(memo, path, "is not a file")
    refused(memo, tmp_path / "none", "No such file")
    refused(memo, str(tmp_path / "a\0b"), "is not a file's name")
    refused(memo, "~nobody-of-that-name/x", "No such file")


def test_an_archive_that_changes_between_its_two_readings_is_noticed(memo, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(archive_of(PLAIN))
    bad = archive_of(PLAIN | {"id": "../../../../../etc/0000000"})

    def swap(done, total):
        path.write_bytes(bad)

    with pytest.raises(BadArchive, match="line 2"):
        memo.import_(path, progress=swap)
    assert memo.recent() == []


def test_a_line_that_is_too_long_is_refused(memo, tmp_path):
    (tmp_path / "x").write_bytes(archive_of(PLAIN | {"text": "x" * 5000}))
    refused(memo, tmp_path / "x", "line 2 is longer than 5,000 bytes", Limits(line=5000))
    (tmp_path / "x").write_bytes(archive_of(PLAIN) + b"x" * 6000)
    refused(memo, tmp_path / "x", "line 4 is longer than 5,000 bytes", Limits(line=5000))


def test_a_line_of_exactly_the_longest_is_taken(memo, tmp_path):
    data = archive_of(PLAIN | {"text": "x" * 5000})
    (tmp_path / "x").write_bytes(data)
    assert import_(memo._open(), tmp_path / "x", limits=Limits(line=len(data.splitlines(keepends=True)[1]))).added == 1


def test_what_unpacks_to_too_much_is_refused(memo, tmp_path):
    (tmp_path / "x").write_bytes(packed := gzip.compress(archive_of(PLAIN | {"text": "x" * 100_000})))
    size = 100_000 + 600
    ratio = size // len(packed)
    refused(memo, tmp_path / "x", "times its size.*gunzip", Limits(unpacked=50_000, ratio=ratio // 2))
    assert import_(memo._open(), tmp_path / "x", limits=Limits(unpacked=size, ratio=ratio // 2)).added == 1
    assert import_(memo._open(), tmp_path / "x", limits=Limits(unpacked=50_000, ratio=2 * ratio)).known == 1


def test_what_memo_would_not_unpack_it_does_not_pack(memo, tmp_path):
    memo.remember("x" * 100_000)
    limits = Limits(unpacked=50_000, ratio=5)
    with pytest.raises(BadInput, match=r"Choose a name without \.gz"):
        export(memo._open(), tmp_path / "x.gz", limits=limits)
    assert not list(tmp_path.glob("*x.gz*"))
    assert export(memo._open(), tmp_path / "x", limits=limits).memories == 1
    assert len(read(tmp_path / "x", limits)) == 1


def test_a_line_of_very_many_parts_is_refused_before_it_is_parsed():
    with pytest.raises(BadArchive, match="too many parts"):
        lines.read_object(b'{"tags": [' + b'"",' * 1_000_000 + b"1]}")
    with pytest.raises(BadArchive, match="too many parts"):
        lines.read_object(b'{"tags": [' + b"{}," * 3_000_000 + b"1]}")
    said = {"text": '[{"\\": "",' * 300_000}
    assert lines.read_object(json.dumps(said).encode()) == said


BOMB = """
import gzip, resource, sys, zlib
from pathlib import Path
from memo_jupyter.errors import BadArchive
from memo_jupyter.testing import fake_memo

with fake_memo(sys.argv[2]) as memo:
    memo.remember("a fact")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        memo.import_(sys.argv[1])
    except BadArchive as error:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, str(error).split(": ", 1)[1])
"""


def bomb_of_one_line():
    return archive_of(PLAIN).splitlines(keepends=True)[0] + b'{"text": "', b"a" * 2**20, 4096


def bomb_of_lists():
    return archive_of(PLAIN).splitlines(keepends=True)[0] + b'{"tags": [', b"[],{}," * 2**17, 4096


def bomb_of_white_space():
    return b"", b"\n" * 2**20, 4096


@pytest.mark.parametrize("bomb", [bomb_of_one_line, bomb_of_lists, bomb_of_white_space])
def test_a_bomb_that_unpacks_to_gigabytes_takes_little_memory(tmp_path, bomb):
    start, piece, times = bomb()
    # Members may follow one another, so one that was packed once stands for gigabytes.
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(start) + gzip.compress(piece) * times)
    assert (tmp_path / "bomb.gz").stat().st_size < 12e6
    command = [sys.executable, "-c", BOMB, tmp_path / "bomb.gz", tmp_path / "store"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    grown, why = told.split(" ", 1)
    assert "longer than" in why or "times its size" in why or "not the first line" in why
    assert int(grown) * 1024 < 400 * 2**20


def test_a_bomb_of_true_records_takes_little_memory_and_writes_nothing(tmp_path):
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(json.dumps(HEADER).encode() + b"\n")
    text = "a" * (8 * 2**20)
    for number in range(24):
        packed += packer.compress(json.dumps(PLAIN | {"id": f"01KA{number:022}", "text": text}).encode() + b"\n")
    (tmp_path / "bomb.gz").write_bytes(packed + packer.flush())
    command = [sys.executable, "-c", BOMB, tmp_path / "bomb.gz", tmp_path / "store"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    grown, why = told.split(" ", 1)
    assert "times its size" in why
    assert int(grown) * 1024 < 200 * 2**20
    assert len(list((tmp_path / "store/records").rglob("*.memo"))) == 1
