"""What a command reads is never written over."""

import pytest

TRAIN = ("train", "table.csv", "--target", "label", "--max-iter", 1, "--preset", "quick")
COMMANDS = {
    "train --out": (*TRAIN, "--out", "table.csv"),
    "train --out, --valid": (*TRAIN, "--valid", "other.csv", "--out", "./other.csv"),
    "train --out, a pattern": ("train", "tab*.csv", *TRAIN[2:], "--out", "table.csv"),
    "train --report": (*TRAIN, "--report", "table.csv"),
    "predict --out": ("predict", "model.deltarule", "table.csv", "--out", "table.csv"),
    "predict --out, model": ("predict", "model.deltarule", "table.csv", "--out", "model.deltarule"),
    "predict --out, a link": ("predict", "model.deltarule", "link.csv", "--out", "table.csv"),
    "evaluate --report": ("evaluate", "model.deltarule", "table.csv", "--report", "table.csv"),
    "export --onnx": ("export", "model.deltarule", "--onnx", "model.deltarule"),
    "export --onnx, data": ("export", "model.deltarule", "table.csv", "--onnx", "table.csv"),
    "trace --html": ("trace", "model.deltarule", "table.csv", "--html", "table.csv"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_it_is_refused_before_any_work(command, tmp_path, table, call):
    (tmp_path / "other.csv").write_bytes((tmp_path / "table.csv").read_bytes())
    (tmp_path / "model.deltarule").write_text("not even a model")
    (tmp_path / "link.csv").symlink_to("table.csv")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = call(*command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is read, and would be written over. Choose another name" in done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
