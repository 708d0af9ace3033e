"""Small real models, a forger that rebuilds them wrong, and the two ways to open a model file."""

import contextlib
import csv
import hashlib
import io
import json
import re
import signal
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from deltarule import Checkpoint, MLPClassifier, TabularClassifier, load_model
from deltarule.cli import main
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
            if layer["kind"] == "dense":
                layer["n_out"] = following["n_in"] = min(units, layer["n_out"])
        arrays = {name: self.array(name) for name in self.arrays}
        for k, layer in enumerate(layers, start=1):
            if layer["kind"] == "dense":
                arrays[f"{k}.W"] = arrays[f"{k}.W"][: layer["n_out"], : layer["n_in"]]
                arrays[f"{k}.b"] = arrays[f"{k}.b"][: layer["n_out"]]
        self.lay_out(arrays)

    def lay_out(self, arrays):
        """Make these the file's arrays, in this order."""
        self.arrays, self.body = {}, b""
        for name, array in arrays.items():
            offsets = [len(self.body), len(self.body) + array.nbytes]
            dtype = {4: "F32", 8: "F64"}[array.itemsize]
            shape = list(array.shape)
            self.arrays[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
            self.body += array.tobytes()

    def insert_scale(self):
        """Put a Scale before the first layer, and before the second another one."""
        first, second = self.document["layers"]
        arrays = {name: self.array(name) for name in self.arrays}
        scales = [{"kind": "scale", "n": layer["n_in"], "rate": 6.0} for layer in (first, second)]
        self.document["layers"] = [scales[0], first, scales[1], second]
        self.document["training"]["update_ratios"] *= 2
        factors = [np.ones((layer["n_in"], 1), "<f8") for layer in (first, second)]
        named = {"1.s": factors[0], "2.W": arrays["1.W"], "2.b": arrays["1.b"]}
        self.lay_out(named | {"3.s": factors[1], "4.W": arrays["2.W"], "4.b": arrays["2.b"]})

    def repeat(self, times):
        """Make several networks of the one, each with the weights of another sign."""
        told = self.document["training"]
        one = {"examples": told["examples"], "best_epoch": told["best_epoch"], "seed": told["seed"]}
        told["members"] = [one] * times
        arrays = {name: self.array(name) for name in self.arrays}
        others = [
            {f"{i}/{name}": array * (-1) ** (i - 1) for name, array in arrays.items()}
            for i in range(2, times + 1)
        ]
        for other in others:
            arrays |= other
        self.lay_out(arrays)

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
    model = TabularClassifier(preset="td-s", max_iter=3, random_state=0)
    model.fit(table, ["a", "b", "c"] * 8)
    forgery = Forgery(_saved(model, tmp_path_factory.mktemp("tabular")))
    forgery.shrink()  # 138 kB would be slow to mutate
    return forgery.to_bytes()


@pytest.fixture(scope="session")
def several(tabular):
    """Bytes of a TabularClassifier of three networks."""
    forgery = Forgery(tabular)
    forgery.repeat(3)
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
before = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
for path in sys.argv[2:]:
    try:
        load_model(path)
    except ModelFileError as error:
        assert path in str(error)
    else:
        sys.exit(f"{path} was loaded")
print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) - before)
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


@contextlib.contextmanager
def _unchanged_process():
    """Take back what main does to its process; a warning is shown there, and no error."""
    handler = signal.getsignal(signal.SIGTERM)
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=UserWarning)
        yield
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    """Call the console script's function in this test's folder: what a process would say."""

    def in_this_process(*arguments):
        capsys.readouterr()
        with monkeypatch.context() as patch, _unchanged_process():
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["deltarule", *map(str, arguments)])
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code, out=out, err=err)

    return in_this_process


@pytest.fixture
def train(call):
    """Train on a file's column label for two epochs; return the summary and the lines of stderr."""

    def well(data, *options, target="label", max_iter=2):
        settings = ("--target", target, "--max-iter", max_iter, "--seed", 0)
        done = call("train", data, *settings, "--out", "model.deltarule", *options, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out), done.err.splitlines()

    return well


@pytest.fixture
def predict(call):
    """Predict a file's rows; return the probabilities (n, l) and the lines of stderr."""

    def well(data, *options, model="model.deltarule"):
        done = call("predict", model, data, "--proba", *options)
        assert done.code == 0, done.err
        header, *rows = csv.reader(io.StringIO(done.out, newline=""))
        n_classes = sum(name.startswith("probability of ") for name in header)
        cells = [row[-n_classes:] for row in rows]
        return np.array(cells, float).reshape(-1, n_classes), done.err.splitlines()

    return well


@pytest.fixture
def table_refused(call, tmp_path, monkeypatch):
    """See that a command refuses a table and leaves no trace; return why.

    To a person it says so in one line, to a machine (``--json``) in one object; and no epoch is
    begun.
    """

    def check(*arguments, code=65):
        begun = []

        def ask(*words):
            with monkeypatch.context() as patch:
                patch.setattr("deltarule.fitting.train", lambda *_, **__: begun.append(1))
                return call(*words)

        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        if arguments[0] == "train":
            arguments += ("--target", "label", "--max-iter", 2, "--out", "never.deltarule")
        done = ask(*arguments)
        assert (done.code, done.out) == (code, ""), done.err
        *above, line = done.err.splitlines()
        assert arguments[0] == "train" or not above  # it describes what it read
        assert not [said for said in above if said.startswith("deltarule: ") or "Trained" in said]
        message = line.removeprefix("deltarule: ")
        assert message != line
        if arguments[0] != "predict":
            done = ask(*arguments, "--json")
            assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done.err
            found = json.loads(done.err)
            assert " ".join(found.pop("error").split()) == message
            assert found == {"exit_code": code}
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        assert not begun
        return message

    return check


@pytest.fixture(scope="session")
def model_of_text(tmp_path_factory, rows_of_text):
    """A model of 80 rows of text, which x and w tell: its path."""
    folder = tmp_path_factory.mktemp("model_of_text")
    rows_of_text(folder / "table.csv", 80)
    table, labels = _columns(folder / "table.csv")
    model = TabularClassifier(max_iter=2, random_state=0).fit(table, labels)
    model.save(folder / "model.deltarule", target="label")
    return folder / "model.deltarule"


def _columns(path):
    """Return columns x and w of rows of text, and their labels."""
    with path.open(newline="") as file:
        _, *rows = csv.reader(file)
    x, w, labels = zip(*rows, strict=True)
    return {"x": np.array(x, float), "w": np.array(w)}, np.array(labels)


@pytest.fixture(scope="session")
def table_of_text(tmp_path_factory, rows_of_text):
    """The 80 rows of text as a table in memory, and their labels."""
    return _columns(rows_of_text(tmp_path_factory.mktemp("table_of_text") / "table.csv", 80))


@pytest.fixture
def text(tmp_path, rows_of_text):
    """``table.csv``: the 80 rows of text; return its content."""
    return rows_of_text(tmp_path / "table.csv", 80).read_text()
