"""Small real models, a forger that rebuilds them wrong, and the two ways to open a model file."""

import hashlib
import json
import re
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from deltarule import Checkpoint, MLPClassifier, TabularClassifier, load_model
from deltarule.errors import ModelFileError

KEY = "deltarule"
CHECKSUM = re.compile(rb'(?<=checksum\\":\\")[0-9a-f]{64}')
DTYPES = {"F32": "<f4", "F64": "<f8"}
TIMEOUT = 60  # seconds: a command that hangs has failed


def to_json(value):
    return json.dumps(value, separators=(",", ":"))


class Forgery:
    """A model file taken apart, to be put together wrong but with a right checksum.

    Written from the description of the format alone; it shares no code with the library.

    Attributes
    ----------
    arrays : dict
        The safetensors header without its metadata: name to dtype, shape and offsets.
    document : dict
        The JSON object in the metadata.
    body : bytes
        The arrays' bytes.
    """

    def __init__(self, data):
        header, self.body = self.split(data)
        self.arrays = json.loads(header)
        self.document = json.loads(self.arrays.pop("__metadata__")[KEY])

    @staticmethod
    def split(data):
        """Return a file's header and body."""
        end = 8 + int.from_bytes(data[:8], "little")
        return data[8:end], data[end:]

    @staticmethod
    def join(header, body):
        """Return a file with this header and body; the header is filled up to 8 bytes."""
        header += b" " * (-len(header) % 8)
        return len(header).to_bytes(8, "little") + header + body

    @staticmethod
    def repair(data):
        """Return the file with its checksum, where there is one, made right."""
        zeroed = CHECKSUM.sub(b"0" * 64, data, count=1)
        digest = hashlib.sha256(zeroed).hexdigest().encode()
        return CHECKSUM.sub(digest, zeroed, count=1)

    def shrink(self, units=4):
        """Keep the first units of each hidden layer only."""
        layers = self.document["layers"]
        for layer, following in pairwise(layers):
            layer["n_out"] = following["n_in"] = min(units, layer["n_out"])
        arrays = {}
        for k, layer in enumerate(layers, start=1):
            arrays[f"{k}.W"] = self.array(f"{k}.W")[: layer["n_out"], : layer["n_in"]]
            arrays[f"{k}.b"] = self.array(f"{k}.b")[: layer["n_out"]]
        self.body = b""
        for name, array in arrays.items():
            offsets = [len(self.body), len(self.body) + array.nbytes]
            self.arrays[name].update(shape=list(array.shape), data_offsets=offsets)
            self.body += array.tobytes()

    def array(self, name):
        """Return an array as the file has it."""
        entry = self.arrays[name]
        start, end = entry["data_offsets"]
        flat = np.frombuffer(self.body[start:end], DTYPES[entry["dtype"]])
        return flat.reshape(entry["shape"])

    def to_bytes(self, *, document=None, header=None, repair=True):
        """Return the file; ``document`` and ``header`` are texts to use instead of their data."""
        document = to_json(self.document) if document is None else document
        if header is None:
            header = to_json({"__metadata__": {KEY: document}, **self.arrays})
        data = self.join(header.encode(), self.body)
        return self.repair(data) if repair else data


@pytest.fixture(scope="session")
def forge():
    return Forgery


def _saved(model, folder):
    model.save(folder / "model.deltarule")
    return (folder / "model.deltarule").read_bytes()


@pytest.fixture(scope="session")
def smallest(tmp_path_factory):
    """Bytes of an MLPClassifier without hidden layer: two labels of text, one feature."""
    model = MLPClassifier((), tol=1, n_iter_no_change=1, batch_size=2, random_state=0)
    return _saved(model.fit([[0.0], [1.0]], ["no", "yes"]), tmp_path_factory.mktemp("smallest"))


@pytest.fixture(scope="session")
def layered(tmp_path_factory):
    """Bytes of an MLPClassifier in float64: 2 features, 3 hidden units, the labels 10, 20, 30."""
    model = MLPClassifier((3,), tol=1, n_iter_no_change=1, batch_size=3, random_state=0)
    X = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    return _saved(model.fit(X, [10, 20, 30]), tmp_path_factory.mktemp("layered"))


@pytest.fixture(scope="session")
def tabular(tmp_path_factory):
    """Bytes of a TabularClassifier: the columns size and weight, and colour with a gap."""
    rng = np.random.default_rng(0)
    table = {
        "size": rng.normal(3, 2, 24).tolist(),
        "colour": ["red", "blue", None, "green"] * 6,
        "weight": rng.normal(-1, 9, 24).tolist(),
    }
    model = TabularClassifier(max_iter=3, random_state=0).fit(table, ["a", "b", "c"] * 8)
    forgery = Forgery(_saved(model, tmp_path_factory.mktemp("tabular")))
    forgery.shrink()  # 138 kB would be slow to mutate
    return forgery.to_bytes()


@pytest.fixture(scope="session")
def checkpointed(tmp_path_factory):
    """Bytes of a checkpoint after two of three epochs, with the best weights and the last ones."""
    folder = tmp_path_factory.mktemp("checkpointed")
    every = Checkpoint(folder, seconds=None, epochs=1)
    model = MLPClassifier(
        (3,), max_iter=3, batch_size=12, random_state=0, early_stopping=True,
        validation_fraction=0.25, checkpoint=every,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(np.arange(32.0).reshape(16, 2), [0, 1] * 8)
    return (folder / "checkpoint-000000000002.deltarule").read_bytes()


@pytest.fixture
def refused(tmp_path):
    """See that bytes, or whatever is at a path, are refused as a model; return the reason."""

    def check(file):
        path = tmp_path / "forged.deltarule"
        if isinstance(file, bytes):
            path.write_bytes(file)
        else:
            path = Path(file)
        with pytest.raises(ModelFileError) as caught:
            load_model(path)
        message = str(caught.value)
        assert message.startswith(str(path))
        return message.removeprefix(str(path))

    return check


@pytest.fixture(scope="session")
def command():
    """Run the installed ``deltarule``; return exit code, standard output and standard error."""

    def run(*arguments):
        script = Path(sys.executable).with_name("deltarule")
        done = subprocess.run(
            [script, *map(str, arguments)],
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


@pytest.fixture
def command_refuses(command):
    """See that a command ends with 65 and says why: one line, or with --json one object."""

    def check(name, path, *arguments):
        code, out, error = command(name, path, *arguments)
        assert (code, out, error.count("\n")) == (65, "", 1), error
        if "--json" in arguments:
            members = json.loads(error)
            assert (set(members), members["exit_code"]) == ({"error", "exit_code"}, 65)
            error = members["error"]
        assert str(path) in error
        return error

    return check


# Loads what it is told to in an address space that has room for little more than Python.
IN_LITTLE_MEMORY = """
import resource, sys
from deltarule import load_model
from deltarule.errors import ModelFileError

room = 32 * 2**20
load_model(sys.argv[1])  # a good model: everything is imported now
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    try:
        load_model(path)
    except ModelFileError as error:
        assert path in str(error)
    else:
        sys.exit(f"{path} was loaded")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.fixture
def refused_in_little_memory(tmp_path, smallest):
    """See that files are refused with 32 MB of address space left; return the growth in kB."""

    def check(*files):
        paths = [tmp_path / f"{i}.deltarule" for i in range(len(files) + 1)]
        for path, data in zip(paths, (smallest, *files), strict=True):
            path.write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-c", IN_LITTLE_MEMORY, *map(str, paths)],
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    return check


@pytest.fixture(scope="session")
def rows_of_text():
    """Write a CSV file of so many rows: columns x, w and label, which x and w tell together."""

    def write(path, n_rows):
        rng = np.random.default_rng(0)
        label = np.arange(n_rows) % 2
        x = rng.normal(label, 0.5)
        w = np.array(list("uvw"))[(label + (rng.random(n_rows) < 0.3)) % 3]
        names = np.array(["no", "yes"])[label]
        lines = [f"{a:.3f},{b},{c}" for a, b, c in zip(x, w, names, strict=True)]
        path.write_text("\n".join(["x,w,label", *lines]) + "\n")
        return path

    return write
