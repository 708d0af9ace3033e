"""Fault 49: data twenty times the memory limit - trains; resident memory under the stated bound.

And what may go wrong on the way: a kill in the middle of an epoch, a full disk, a damaged file.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_breast_cancer

from deltarule import TabularClassifier, load_model
from deltarule.errors import SaveError

SCRIPT = Path(sys.executable).with_name("deltarule")
SECONDS = 120
LIMIT = 12  # MB
READING = 256  # MB, what docs/tables.md says beside the limit, for a table of so few columns


def write_cases(path, n_rows):
    """The cases of breast cancer, over and over, each time a little different; 30 columns."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    rng, names = np.random.default_rng(0), np.array(["malignant", "benign"])
    schema = pa.schema([*((name, pa.float32()) for name in X), ("found", pa.string())])
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for start in range(0, n_rows, 200_000):
            chosen = rng.integers(0, len(X), min(200_000, n_rows - start))
            noisy = X.to_numpy(np.float32)[chosen]
            noisy *= 1 + 0.02 * rng.normal(size=noisy.shape).astype(np.float32)
            columns = [*noisy.T, names[y.to_numpy()[chosen]]]
            writer.write_table(pa.table([pa.array(c) for c in columns], schema=schema))
    return path


UNDER_A_LIMIT = """
import resource, sys
import numpy as np
from deltarule import TabularClassifier

path, limit, room = sys.argv[1], sys.argv[2], int(sys.argv[3])
small = {"preset": "quick", "max_iter": 2, "hidden_layer_sizes": (8,), "random_state": 0}
small |= {"numeric_embedding": False, "n_threads": 2}
table = {"a": np.arange(60) % 7 / 3, "b": ["x", "y", "z"] * 20}
TabularClassifier(**small).fit(table, ["no", "yes"] * 30)  # everything is imported now


def pages(field):
    return int(open("/proc/self/statm").read().split()[field]) * resource.getpagesize()


def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024


most = pages(0) + room * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
open("/proc/self/clear_refs", "w").write("5")  # the peak is that of now
before = peak()
model = TabularClassifier(**small, memory_limit=limit).fit(path, "found")
print(model.window_, len(model.validation_rows_), model.validation_scores_[-1])
print((peak() - before) / 2**20)
"""


def test_twenty_times_the_limit_is_trained_on_within_it(tmp_path):
    """Under a real limit: address space for 256 MB more than there is once all is imported."""
    pytest.importorskip("resource", reason="this system has no ulimit")
    n_rows = 20 * LIMIT * 10**6 // (4 * 30 + 16)
    path = write_cases(tmp_path / "cases.parquet", n_rows)
    command = [sys.executable, "-c", UNDER_A_LIMIT, path, f"{LIMIT} MB", "256"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=SECONDS, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    window, n_validated, accuracy, grown = map(float, done.stdout.split())
    assert 4096 <= window <= 16_384
    assert n_validated == pytest.approx(131_072, rel=0.03)
    assert accuracy > 0.95
    assert grown < LIMIT + READING
    assert [p.name for p in tmp_path.iterdir()] == ["cases.parquet"]


def train(folder, *options, **more):
    command = [SCRIPT, "train", "cases.parquet", "--target", "found", "--seed", "3"]
    small = ["--preset", "quick", "--hidden-layer-sizes", "8", "--batch-size", "64"]
    command += [*small, "--max-iter", "4", "--memory-limit", "2500 kB", *options]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


def ended(process):
    out, error = process.communicate(timeout=SECONDS)
    return process.returncode, out, error


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    write_cases(folder / "cases.parquet", 40_000)
    return folder


def test_killed_in_an_epoch_it_goes_on_with_the_same_bits(cases, tmp_path):
    """SIGKILL, thrice; the encoded rows are still there, and are gone when it ends."""
    code, _, error = ended(train(cases, "--out", tmp_path / "whole.deltarule"))
    assert code == 0, error
    assert "go into a file without a name" in error
    run, positions = tmp_path / "run", []
    options = ["--checkpoint", run, "--resume", "--checkpoint-seconds", "0.02"]
    options += ["--out", tmp_path / "killed.deltarule"]
    for _ in range(3):
        process, until = train(cases, *options), time.monotonic() + SECONDS
        known = set(run.glob("*.deltarule"))
        while time.monotonic() < until and process.poll() is None:
            if len(set(run.glob("*.deltarule")) - known) >= 2:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert ended(process)[0] == -signal.SIGKILL
        assert len(list(run.glob("encoded-*.arrow"))) == 1
        (*_, newest) = sorted(run.glob("*.deltarule"))
        positions.append(position_of(newest))
    code, _, error = ended(train(cases, *options))
    assert code == 0, error
    assert "are used again" in error
    assert any(positions), "none was killed in the middle of an epoch"
    whole, killed = (load_model(tmp_path / f"{n}.deltarule") for n in ("whole", "killed"))
    assert [p.theta.tobytes() for p in whole._parameters] == [
        p.theta.tobytes() for p in killed._parameters
    ]
    assert whole.loss_curve_ == killed.loss_curve_
    assert whole.temperature_ == killed.temperature_
    assert not list(run.glob("encoded-*"))


def position_of(checkpoint):
    """How many rows of its epoch a checkpoint has seen."""
    header = checkpoint.read_bytes()
    size = int.from_bytes(header[:8], "little")
    document = json.loads(json.loads(header[8 : 8 + size])["__metadata__"]["deltarule"])
    return document["checkpoint"]["state"]["position"]


def test_a_disk_that_gets_full_is_named_and_nothing_is_left(cases, tmp_path):
    """The kernel's own word: no file may become larger than 1 MB, and the rows take 5.4 MB."""
    resource = pytest.importorskip("resource", reason="this system has no ulimit")

    def squeeze():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))

    for options in ([], ["--cache", tmp_path / "cache"]):
        process = train(
            cases,
            *options,
            "--out",
            tmp_path / "model.deltarule",
            preexec_fn=squeeze,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        code, out, error = ended(process)
        assert (code, out) == (74, ""), error
        assert "larger than memory_limit, and its encoded rows cannot be written to" in error
        assert "File too large. Name a folder with more room (cache, --cache; or TMPDIR)" in error
        assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_disk_without_room_is_known_before_anything_is_written(cases, tmp_path, monkeypatch):
    usage = os.statvfs(tmp_path)
    assert usage.f_bavail > 0

    class Usage:
        free = 10**6

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    model = TabularClassifier(
        preset="quick",
        max_iter=1,
        hidden_layer_sizes=(8,),
        memory_limit="2500 kB",
        cache=tmp_path,
        batch_size=64,
    )
    with pytest.raises(SaveError, match=r"take about .* MB, and 1\.0 MB are free there"):
        model.fit(cases / "cases.parquet", "found")
    assert list(tmp_path.iterdir()) == []
