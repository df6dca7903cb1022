"""A file is recognised by what is in it, and whatever is in it, an import is counted, or one clear line."""

import json
import os
import zipfile

import pytest
from exports import chatgpt, chats, claude, jupyter_chat, put, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memo_jupyter.errors import BadArchive, MemoError
from memo_jupyter.testing import fake_memo


@pytest.fixture
def memo(tmp_path):
    with fake_memo(tmp_path / "store") as opened:
        yield opened


def refused(memo, path, why="ChatGPT"):
    with pytest.raises(BadArchive, match=why) as caught:
        memo.import_(path)
    assert "\n" not in str(caught.value)
    assert memo.recent() == []


def test_a_name_says_nothing_of_what_a_file_is(memo, tmp_path):
    for name, value in (("a.zip", [chatgpt()]), ("history.sqlite", jupyter_chat()), ("b.jsonl", [claude()])):
        assert memo.import_(put(tmp_path / name, value)).added
    memo.export(tmp_path / "conversations.json")
    done = memo.import_(tmp_path / "conversations.json")
    assert (done.added, done.known, done.what) == (0, 4, "an archive of memo")


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"[", b"{}", b"[]", b"[1, 2]", b'[{"a": 1}]', b'{"messages": []}', b"\x89PNG\r\n\x1a\n", b"\0" * 99,
     b"PK\x03\x04 and no more", b"SQLite format 3\0", b'{"conversations": [{"conversations": []}]}'],
)  # fmt: skip
def test_what_is_not_known_gets_one_line_that_lists_what_is(memo, tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    refused(memo, tmp_path / "x", "database" if data.startswith(b"SQLite") else "memo takes .*ChatGPT.*IPython")


def test_what_is_no_file_is_told(memo, tmp_path):
    refused(memo, tmp_path, "is not a file")
    refused(memo, tmp_path / "none", "cannot be read")
    os.mkfifo(tmp_path / "pipe")
    refused(memo, tmp_path / "pipe", "is not a file")


def test_importing_again_adds_nothing_and_what_was_forgotten_comes_back(memo, tmp_path):
    path = put(tmp_path / "c.json", [chatgpt(), claude()])
    assert memo.import_(path).added == 3
    before = chats(memo)
    done = memo.import_(path)
    assert (done.added, done.known, done.conversations) == (0, 3, 2)
    memo.forget(before[0].id)
    assert memo.import_(path).added == 1
    assert [(one.id, one.text, one.thread) for one in chats(memo)] == [(one.id, one.text, one.thread) for one in before]


def test_another_store_gives_the_same_ids(memo, tmp_path):
    path = put(tmp_path / "c.json", [chatgpt(), claude()])
    memo.import_(path)
    with fake_memo(tmp_path / "other") as other:
        other.import_(path)
        assert [one.id for one in chats(other)] == [one.id for one in chats(memo)]
        memo.export(tmp_path / "all.jsonl")
        assert other.import_(tmp_path / "all.jsonl").known == 3


def test_a_crash_in_the_middle_loses_nothing_and_the_next_import_goes_on(memo, tmp_path):
    path = put(tmp_path / "c.json", [chatgpt(f"Chat {number}", f"c{number}") for number in range(100)])

    steps = iter(range(150))

    def interrupt(done, total):
        if next(steps, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memo.import_(path, progress=interrupt)
    had = len(chats(memo))
    assert 0 < had < 200
    done = memo.import_(path)
    assert (done.added, done.known) == (200 - had, had)


def test_a_question_that_has_got_its_answer_since_is_added_with_it(memo, tmp_path):
    value = chatgpt()
    value["current_node"] = "conv-1-q2"
    path = put(tmp_path / "c.json", [value])
    assert memo.import_(path).added == 2
    assert memo.import_(put(path, [chatgpt()])).added == 1
    assert [one.response for one in chats(memo, "Churn scaling") if one.prompt == "Why?"].count("") == 1


def test_a_bad_conversation_is_a_line_and_the_rest_goes_on(memo, tmp_path):
    good = [json.dumps(chatgpt(f"Chat {number}", f"c{number}")) for number in range(2)]
    (tmp_path / "c.json").write_text(f'[{good[0]}, {{"mapping": nonsense}}, {{"what": 1}}, {good[1]}')
    done = memo.import_(tmp_path / "c.json")
    assert done.added == 4
    assert [problem.partition(" left out: ")[2] for problem in done.problems] == [
        "it is not JSON.", "memo does not know its form.", "the file ends in the middle of it: it was cut."
    ]  # fmt: skip


def test_a_thousand_bad_ones_are_a_hundred_lines_and_a_count(memo, tmp_path):
    (tmp_path / "c.json").write_text("[" + json.dumps(chatgpt()) + ',{"a": x}' * 1000 + "]")
    done = memo.import_(tmp_path / "c.json")
    assert len(done.problems) == 101
    assert "more like these" in done.problems[-1]


def test_a_zip_bomb_is_left_alone(memo, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("conversations.json", b"[" + b" " * 80_000_000 + json.dumps([chatgpt()]).encode())
    refused(memo, tmp_path / "x.zip", "more than 200 times its size")


def test_a_damaged_or_encrypted_zip_is_one_line(memo, tmp_path):
    path = zipped(tmp_path / "x.zip", **{"conversations.json": [chatgpt(f"c{n}", f"c{n}") for n in range(50)]})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refused(memo, path, "damaged")
    encrypted = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := encrypted.find(mark, at + 1)) >= 0:
            encrypted[at + offset] |= 1
    path.write_bytes(encrypted)
    refused(memo, path, "encrypted")


def test_every_byte_of_a_zip_may_be_changed(tmp_path):
    path = zipped(tmp_path / "x.zip", **{"conversations.json": [chatgpt()]})
    data = path.read_bytes()
    with fake_memo(tmp_path / "store") as memo:
        for place in range(0, len(data), 3):
            path.write_bytes(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])
            try:
                memo.import_(path)
            except MemoError as error:
                assert "\n" not in str(error)


def test_a_circle_in_a_tree_ends(memo, tmp_path):
    value = chatgpt()
    value["mapping"]["root"]["parent"] = value["current_node"]
    other = claude(key="c2")
    first, second = other["chat_messages"]
    third = {**second, "uuid": "third", "parent_message_uuid": first["uuid"]}
    first["parent_message_uuid"], second["parent_message_uuid"] = second["uuid"], first["uuid"]
    other["chat_messages"] = [first, third, second]
    assert memo.import_(put(tmp_path / "c.json", [value, other])).added >= 2


def test_halves_of_characters_and_nul_are_kept_as_can_be(memo, tmp_path):
    value = chatgpt("A\ud83d title\0", "k\udfff")
    value["mapping"]["k\udfff-q1"]["message"]["content"]["parts"] = ["\ud83d\ude00 and \ud83d and \0"]
    assert memo.import_(put(tmp_path / "c.json", [value])).added == 2
    assert chats(memo)[0].prompt == "😀 and � and \0"
    memo._open().indexer.catch_up()
    assert memo.verify() == []
    assert memo.import_(tmp_path / "c.json").known == 2


def test_a_text_that_is_too_long_is_cut_and_that_is_told(memo, tmp_path):
    value = chatgpt()
    value["mapping"]["conv-1-q1"]["message"]["content"]["parts"] = ["word " * 600_000]
    done = memo.import_(put(tmp_path / "c.json", [value]))
    assert done.problems == ("“Churn scaling”: one of its texts was cut after 2,000,000 characters.",)
    assert len(chats(memo)[0].prompt) <= 2_000_000


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["user", "all"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def _places(value, way=()):
    yield way
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from _places(one, (*way, key))


def _changed(value, way, put_in):
    if not way:
        return put_in
    copy = value.copy()
    copy[way[0]] = _changed(value[way[0]], way[1:], put_in)
    return copy


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with fake_memo(tmp_path_factory.mktemp("fuzz") / "store") as opened:
        yield opened, tmp_path_factory.mktemp("fuzz")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_anything_anywhere_is_counted_or_one_line(shared, data):
    memo, folder = shared
    value = data.draw(st.sampled_from([chatgpt(), claude(), jupyter_chat()]))
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_places(value))
        value = _changed(value, data.draw(st.sampled_from(places)), data.draw(odd))
        if not isinstance(value, (dict, list)):
            break
    path = put(folder / "x.json", [value] if data.draw(st.booleans()) else value)
    try:
        done = memo.import_(path)
        assert memo.import_(path).known == done.added + done.known
    except MemoError as error:
        assert "\n" not in str(error)


def test_progress_comes_to_its_end(memo, tmp_path):
    told = []
    path = put(tmp_path / "c.json", [chatgpt(f"Chat {number}", f"c{number}") for number in range(300)])
    memo.import_(path, progress=lambda done, total: told.append(done / total))
    assert told == sorted(told)
    assert told[-1] == 1.0
