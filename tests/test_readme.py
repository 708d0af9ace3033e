"""The README is true: its tree is the tree, and its Python runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def tree_paths():
    """Yield each path that the README's tree names, from the root."""
    block = re.search(r"```\n(src/deltarule/\n.*?)```", README, re.S)[1]
    folders = {}
    for line in block.splitlines():
        match = re.match(r"((?:│   |    )*)(?:├── |└── )(\S+)", line)
        if match is None:
            folders[0] = line.split()[0].rstrip("/")
            yield folders[0]
            continue
        depth, name = len(match[1]) // 4, match[2].rstrip("/")
        folders[depth + 1] = f"{folders[depth]}/{name}"
        yield folders[depth + 1]


def test_every_path_in_the_tree_exists():
    missing = [path for path in tree_paths() if not (ROOT / path).exists()]
    assert missing == []


def test_every_module_is_in_the_tree():
    """But for the ``__init__.py`` of packages, which the folder's own line speaks for."""
    listed = set(tree_paths())
    modules = [p for p in (ROOT / "src" / "deltarule").rglob("*.py") if p.name != "__init__.py"]
    assert [str(p) for p in modules if str(p.relative_to(ROOT)) not in listed] == []


def test_the_twenty_lines_run(tmp_path, monkeypatch, capsys):
    """As printed, in an empty folder, with accuracies worth printing."""
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", README, re.S)[1]
    assert len(code.splitlines()) <= 22
    exec(compile(code, "README.md", "exec"), {})
    scores = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    assert min(scores) > 0.95


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_run_that_can_be_resumed_runs_twice(tmp_path, monkeypatch, capsys):
    """The second time it is over at once, with the same model."""
    monkeypatch.chdir(tmp_path)
    code = re.findall(r"```python\n(.*?)```", README, re.S)[2]
    for _ in range(2):
        exec(compile(code, "README.md", "exec"), {})
    first, second = capsys.readouterr().out.split()
    assert float(first) > 0.9
    assert first == second
    assert len(list((tmp_path / "run").glob("*.deltarule"))) == 2
    epochs = (tmp_path / "log.csv").read_text().splitlines()[1:]
    assert [int(line.split(",")[0]) for line in epochs] == list(range(1, len(epochs) + 1))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_the_classifier_adds_runs(tmp_path, monkeypatch, capsys):
    """As printed too, and the picture is there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    code = re.findall(r"```python\n(.*?)```", README, re.S)[1]
    variables = {}
    exec(compile(code, "README.md", "exec"), variables)
    assert "(143, 32)" in capsys.readouterr().out
    assert variables["model"].best_validation_score_ > 0.98
    assert (tmp_path / "training.png").stat().st_size > 10_000
