import pytest

from memo_jupyter.profile.state import State, load, save
from memo_jupyter.records.store import RecordStore


def test_it_is_there_again_after_a_restart_readable_by_its_user_alone(tmp_path):
    state = State(paused=True, read="A", since="B").without("plots")
    save(RecordStore(tmp_path), state)
    assert load(tmp_path) == state
    assert (tmp_path / "profile.json").stat().st_mode & 0o777 == 0o600


def test_an_erased_topic_stands_nowhere_in_the_file(tmp_path):
    save(RecordStore(tmp_path), State().without("a very rare topic"))
    assert b"rare" not in (tmp_path / "profile.json").read_bytes()
    assert not load(tmp_path).wants("A very RARE topic")
    assert load(tmp_path).wants("another")


@pytest.mark.parametrize(
    "damage", [b"", b"\xff", b"[]", b'{"unwanted": 3, "paused": "yes", "read": 7}', b"[" * 100_000]
)
def test_a_damaged_file_is_taken_for_what_is_whole_in_it(tmp_path, damage):
    (tmp_path / "profile.json").write_bytes(damage)
    assert load(tmp_path).paused is False
    assert load(tmp_path).unwanted == ()
