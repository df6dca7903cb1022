import os

import pytest

from memo_jupyter.errors import StoreUnwritable
from memo_jupyter.index.location import locate
from memo_jupyter.testing import fake_memo

DISK = [("/", "ext4")]


@pytest.fixture
def local(tmp_path):
    return [tmp_path / "cache" / "indexes", tmp_path / "tmp" / "memo" / "indexes"]


def network(folder, kind="nfs4"):
    return [*DISK, (str(folder), kind)]


def test_an_index_is_in_its_store(tmp_path, local):
    found = locate(tmp_path / "home" / "store", "", local, DISK)
    assert (found.folder, found.notice) == (tmp_path / "home" / "store" / "index", "")
    assert not local[0].exists()


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "NFS4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "fuse.sshfs", "9p"]
)
def test_the_index_of_a_store_on_a_network_is_on_a_disk_of_this_computer_and_that_is_said(tmp_path, local, kind):
    found = locate(tmp_path / "home" / "store", "", local, network(tmp_path / "home", kind))
    assert found.folder.parent == local[0]
    assert found.folder.name.startswith("store-")
    assert found.notice.startswith(f"This store is on a network file system ({kind.lower()}), where SQLite is not safe")
    assert str(found.folder) in found.notice
    assert "MEMO_INDEX" in found.notice


@pytest.mark.parametrize("kind", ["ext4", "xfs", "apfs", "tmpfs", "overlay", "fuse.gocryptfs", "zfs"])
def test_a_disk_of_this_computer_is_no_network(tmp_path, local, kind):
    assert locate(tmp_path / "store", "", local, network(tmp_path, kind)).folder == tmp_path / "store" / "index"


def test_the_nearest_mount_point_above_counts_and_of_two_on_one_the_later(tmp_path, local):
    mounts = [*network(tmp_path / "home"), (str(tmp_path / "home" / "scratch"), "xfs")]
    store = tmp_path / "home" / "scratch" / "store"
    assert locate(store, "", local, mounts).folder == store / "index"
    assert locate(store, "", local, [*mounts, *mounts[1:2]]).folder == store / "index"
    assert locate(store, "", local, [*mounts, (mounts[-1][0], "nfs")]).folder.parent == local[0]


def test_a_link_to_a_network_is_followed(tmp_path, local):
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    assert locate(tmp_path / "near" / "store", "", local, network(tmp_path / "far")).folder.parent == local[0]


def test_it_is_said_once(tmp_path, local):
    mounts = network(tmp_path / "home")
    locate(tmp_path / "home" / "store", "", local, mounts).folder.mkdir()
    assert locate(tmp_path / "home" / "store", "", local, mounts).notice == ""


def test_stores_of_one_name_have_indexes_of_their_own(tmp_path, local):
    mounts = network(tmp_path)
    local = [tmp_path.parent / "local"]
    places = {locate(tmp_path / name / ".memo", "", local, mounts).folder.name for name in ("a", "b", "a/")}
    assert sorted(name[:2] for name in places) == ["a-", "b-"]


def test_when_the_cache_is_on_the_network_too_the_folder_for_temporary_files_is_used(tmp_path, local):
    mounts = [*network(tmp_path / "home"), (str(tmp_path / "cache"), "nfs")]
    assert locate(tmp_path / "home" / "store", "", local, mounts).folder.parent == local[1]
    assert oct(local[1].stat().st_mode)[-3:] == "700"
    with pytest.raises(StoreUnwritable, match=r"no local disk.*MEMO_INDEX"):
        locate(tmp_path / "home" / "store", "", local, [*mounts, (str(tmp_path / "tmp"), "nfs")])


def test_a_folder_for_temporary_files_that_others_made_or_may_write_is_not_used(tmp_path, local):
    store, mounts = tmp_path / "home" / "store", network(tmp_path / "home")
    local[0].mkdir(parents=True)
    local[0].chmod(0o777)
    assert locate(store, "", local, mounts).folder.parent == local[1]
    if os.getuid() == 0:
        os.chown(local[1].parent, 65534, 65534)
        with pytest.raises(StoreUnwritable):
            locate(store, "", local, mounts)


def test_a_chosen_folder_wins_and_a_network_there_is_said(tmp_path, local):
    store = tmp_path / "home" / "store"
    found = locate(store, str(tmp_path / "chosen"), local, network(tmp_path / "home"))
    assert (found.folder.parent, found.notice) == (tmp_path / "chosen", "")
    found = locate(store, str(tmp_path / "home" / "chosen"), local, network(tmp_path / "home"))
    assert found.folder.parent == tmp_path / "home" / "chosen"
    assert found.notice.startswith("MEMO_INDEX is on a network file system (nfs4)")


def test_two_stores_of_one_chosen_folder_do_not_meet(tmp_path):
    with (
        fake_memo(tmp_path / "a", index=str(tmp_path / "i")) as one,
        fake_memo(tmp_path / "b", index=str(tmp_path / "i")) as two,
    ):
        one.remember("in the one")
        two.remember("in the two")
        assert [row.opening for row in one.recent()] == ["in the one"]
        assert [row.opening for row in two.recent()] == ["in the two"]
        assert not (tmp_path / "a" / "index").exists()


def test_processes_with_other_places_for_the_index_see_one_memory(tmp_path):
    """A kernel with the setting and a shell without it, say."""
    with (
        fake_memo(tmp_path / "s") as inside,
        fake_memo(tmp_path / "s", index=str(tmp_path / "i")) as apart,
        fake_memo(tmp_path / "s", index=str(tmp_path / "j")) as another,
    ):
        for number, (writer, reader) in enumerate(
            [(inside, apart), (apart, inside), (another, apart), (another, inside), (inside, another)]
        ):
            record = writer.remember(f"zanzibar {number}")
            assert reader.recall(f"zanzibar {number}", k=1)[0].record.id == record.id
            writer.forget(record.id)
            assert reader.recent() == []
            assert reader.recall("zanzibar") == []


def test_what_is_forgotten_is_not_in_the_index_that_others_had_in_the_store(tmp_path):
    with fake_memo(tmp_path / "s") as inside, fake_memo(tmp_path / "s", index=str(tmp_path / "i")) as apart:
        gone = inside.remember("the zanzibar constant")
        kept = inside.remember("the robust scaler")
        inside.recall("zanzibar")
        apart.forget(gone.id)
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or b"zanzibar" not in path.read_bytes(), path
        assert [hit.record.id for hit in inside.recall("zanzibar scaler")] == [kept.id]
        assert inside.verify() == apart.verify() == []
