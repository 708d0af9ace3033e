"""Where a file is put, and how: permissions, links, long names, many writers, the check before."""

import os
import threading

import pytest

from deltarule import MLPClassifier, load_model
from deltarule.errors import SaveError
from deltarule.model_file import check_writable, write_durably

NEW = b"new bytes"
needs_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and links")


@pytest.fixture(params=[0o022, 0o077, 0o000], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def permissions(path):
    return path.stat().st_mode & 0o777


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664, 0o666, 0o444], ids=oct)
def test_an_existing_files_permissions_are_kept(mode, umask, tmp_path):
    """Whatever the umask: a file that a group may write to stays one."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_durably(path, NEW)
    assert oct(permissions(path)) == oct(mode)
    assert path.read_bytes() == NEW


@needs_posix
def test_a_new_file_has_the_permissions_that_the_umask_leaves(umask, tmp_path):
    write_durably(tmp_path / "file", NEW)
    assert oct(permissions(tmp_path / "file")) == oct(0o666 & ~umask)


@needs_posix
def test_a_symbolic_link_stays_one_and_its_target_is_replaced(tmp_path):
    (tmp_path / "releases").mkdir()
    target = tmp_path / "releases" / "file"
    target.write_bytes(b"old")
    (tmp_path / "current").symlink_to("releases/file")
    (tmp_path / "link to the link").symlink_to("current")
    write_durably(tmp_path / "link to the link", NEW)
    assert os.readlink(tmp_path / "link to the link") == "current"
    assert os.readlink(tmp_path / "current") == "releases/file"
    assert target.read_bytes() == NEW
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted(
        ["releases", "file", "current", "link to the link"]
    )


@needs_posix
def test_the_target_of_a_broken_symbolic_link_is_created(tmp_path):
    (tmp_path / "link").symlink_to("target")
    write_durably(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == NEW


@needs_posix
def test_a_symbolic_link_to_itself_is_refused(tmp_path):
    (tmp_path / "link").symlink_to("link")
    with pytest.raises(SaveError, match="symbolic links"):
        write_durably(tmp_path / "link", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


NAMES = {
    "255 letters": "x" * 255,
    "254 bytes of accents": "é" * 127,
    "252 bytes of foxes": "🦊" * 63,
    "blanks, quotes and a newline": " a\n'\"$(b) ",
    "a dot in front": ".model",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_that_the_file_system_takes_will_do(name, tmp_path):
    """The temporary file's name is no longer than the file's may be."""
    (tmp_path / name).write_bytes(b"old")
    check_writable(tmp_path / name)
    write_durably(tmp_path / name, NEW)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == NEW


def test_a_relative_path_means_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_durably("file", NEW)
    assert (tmp_path / "file").read_bytes() == NEW


def test_checking_leaves_nothing_behind_and_touches_nothing(tmp_path):
    path = tmp_path / "file"
    check_writable(path)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    before = path.stat()
    check_writable(path)
    after = path.stat()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert path.read_bytes() == b"old"


def test_who_reads_while_others_write_sees_whole_models_only(quick, X, tmp_path):
    """Four writers with models of their own size, one path, and a reader who never rests."""
    path = tmp_path / "model.deltarule"
    models = {
        units: quick(hidden_layer_sizes=(units,)).fit(X, ["a", "b"] * (len(X) // 2))
        for units in (1, 10, 100, 1000)
    }
    models[1].save(path)
    seen, failed = set(), []

    def write(model):
        try:
            for _ in range(25):
                model.save(path)
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=[model]) for model in models.values()]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        model = load_model(path)
        assert isinstance(model, MLPClassifier)
        seen.add(model.coefs_[0].shape[1])
    assert not failed
    assert len(seen) > 1
    assert seen <= set(models)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
