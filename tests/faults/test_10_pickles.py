"""Row 10: a pickle or joblib file under our name. Refused, never unpickled."""

import gzip
import io
import pickle
import tarfile
import zipfile
from contextlib import suppress

import joblib
import numpy as np
import pytest

from deltarule import load_model
from deltarule.errors import ModelFileError


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return type(self.marker).touch, (self.marker,)


@pytest.fixture
def marker(tmp_path):
    return tmp_path / "it went off"


def assert_refused_unopened(path, marker):
    """Return the message."""
    assert not marker.exists()
    with pytest.raises(ModelFileError, match=str(path)) as caught:
        load_model(path)
    assert not marker.exists()
    return str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_never_unpickled(protocol, marker, tmp_path):
    path = tmp_path / "model.deltarule"
    path.write_bytes(pickle.dumps(Bomb(marker), protocol))
    message = assert_refused_unopened(path, marker)
    assert "it looks like a pickle" in message or protocol < 2  # those have no mark of their own
    pickle.loads(path.read_bytes())
    assert marker.exists()  # so it was a live bomb


@pytest.mark.parametrize("compress", [0, "zlib", "gzip", "bz2", "lzma", "xz"])
def test_a_joblib_file_is_never_unpickled(compress, marker, tmp_path):
    path = tmp_path / "model.deltarule"
    joblib.dump({"model": Bomb(marker), "weights": np.zeros(1000)}, path, compress=compress)
    assert_refused_unopened(path, marker)
    joblib.load(path)
    assert marker.exists()


def test_an_array_of_objects_is_never_unpickled(marker, tmp_path):
    path = tmp_path / "model.deltarule"
    with path.open("wb") as file:
        np.save(file, np.array([Bomb(marker)], dtype=object), allow_pickle=True)
    assert_refused_unopened(path, marker)
    np.load(path, allow_pickle=True)
    assert marker.exists()


def archives(data):
    """Yield what people wrap pickles in: a zip (as PyTorch does), npz, gzip, tar."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("archive/data.pkl", data)
    yield zipped.getvalue()
    npz = io.BytesIO()
    np.savez(npz, model=np.frombuffer(data, np.uint8))
    yield npz.getvalue()
    yield gzip.compress(data)
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        member = tarfile.TarInfo("model.pkl")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    yield tarred.getvalue()


def test_an_archive_of_pickles_is_never_opened(marker, tmp_path):
    path = tmp_path / "model.deltarule"
    for data in archives(pickle.dumps(Bomb(marker))):
        path.write_bytes(data)
        assert_refused_unopened(path, marker)


def test_a_pickle_hidden_in_a_models_arrays_is_only_numbers(layered, forge, marker, tmp_path):
    forgery = forge(layered)
    bomb = pickle.dumps(Bomb(marker), 2)
    forgery.body = bomb[: len(forgery.body)].ljust(len(forgery.body), b"\x00")
    path = tmp_path / "model.deltarule"
    path.write_bytes(forgery.to_bytes())
    with suppress(ModelFileError):  # some bombs are huge numbers
        load_model(path)
    assert not marker.exists()


def test_a_model_whose_first_bytes_look_like_a_pickle_is_still_a_model(smallest, forge, tmp_path):
    """A file begins with the length of its header, which may well be 0x..80, or spell PK."""
    header, body = forge.split(smallest)
    path = tmp_path / "model.deltarule"
    for length in (*range(len(header), len(header) + 1024, 8), int.from_bytes(b"PK", "little")):
        path.write_bytes(forge.repair(forge.join(header.ljust(length), body)))
        assert load_model(path).classes_.tolist() == ["no", "yes"]


def test_the_command_line_says_so_in_one_line(marker, tmp_path, command_refuses):
    path = tmp_path / "model.deltarule"
    path.write_bytes(pickle.dumps(Bomb(marker)))
    assert "it looks like a pickle" in command_refuses("inspect", path)
    assert not marker.exists()
