"""What a user can rely on: the public names, light imports, types, the tree of exceptions."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import deltarule
from deltarule import errors

SCRIPT = Path(sys.executable).with_name("deltarule")
HEAVY = {"sklearn", "scipy", "pyarrow", "pandas", "rich"}

PARENTS = {
    "DeltaruleError": {"Exception"},
    "SettingError": {"DeltaruleError", "ValueError", "TypeError"},
    "DataError": {"DeltaruleError", "ValueError"},
    "CellError": {"DataError"},
    "ReadError": {"DataError"},
    "ModelFileError": {"DeltaruleError", "ValueError"},
    "CheckpointError": {"DeltaruleError", "ValueError"},
    "RunInProgressError": {"DeltaruleError", "OSError"},
    "ExportError": {"DeltaruleError", "ValueError"},
    "SaveError": {"DeltaruleError", "OSError"},
    "OutOfMemoryError": {"DeltaruleError", "MemoryError"},
    "MissingExtraError": {"DeltaruleError", "ImportError"},
    "DivergenceError": {"DeltaruleError", "ValueError"},
    "WorkerError": {"DeltaruleError", "RuntimeError"},
    "WorkersDifferError": {"WorkerError"},
}


def imported_by(code):
    """Return the top-level modules that a fresh interpreter has imported after ``code``."""
    report = "import sys; print(*{name.partition('.')[0] for name in sys.modules}, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def imported_by_command(*arguments):
    """Return the top-level modules that the console script imports, as Python itself lists them."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", SCRIPT, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in re.findall(r"\| +(\S+)$", done.stderr, re.M)}


def test_public_names():
    classes = ["Checkpoint", "MLPClassifier", "TabularClassifier"]
    names = [*classes, "__version__", "callbacks", "export", "insight", "load_model", "network"]
    assert deltarule.__all__ == names
    assert dir(deltarule) == names


@pytest.mark.parametrize("name", deltarule.__all__)
def test_every_public_name_is_there(name):
    assert getattr(deltarule, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'deltarule' has no attribute 'MLPRegressor'"):
        deltarule.MLPRegressor  # noqa: B018 - looking it up is the test


def test_version_is_the_installed_packages():
    assert deltarule.__version__ == importlib.metadata.version("deltarule")


def test_import_is_light():
    modules = imported_by("import deltarule")
    assert "deltarule" in modules
    assert modules.isdisjoint(HEAVY | {"numpy", "click"})


def test_the_maths_need_numpy_alone():
    modules = imported_by("import deltarule.network")
    assert "numpy" in modules
    assert modules.isdisjoint(HEAVY | {"click"})


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "--help"]])
def test_help_is_light(arguments):
    modules = imported_by_command(*arguments)
    assert "click" in modules
    assert modules.isdisjoint(HEAVY | {"numpy"})


def test_types_are_installed():
    """``py.typed`` lies in the package, so a user's type checker reads its annotations."""
    assert (Path(deltarule.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("name", PARENTS)
def test_exception_is_caught_as_what_it_says(name):
    exception = getattr(errors, name)
    assert {parent.__name__ for parent in exception.__bases__} == PARENTS[name]


def test_the_tree_of_exceptions_is_whole():
    """No exception outside the tree, and the drawing in the docstring names each one."""
    defined = {n for n, v in vars(errors).items() if isinstance(v, type)}
    assert defined == PARENTS.keys()
    builtin = {"ValueError", "TypeError", "OSError", "MemoryError", "ImportError", "RuntimeError"}
    assert set(re.findall(r"\w+Error", errors.__doc__)) - builtin == defined


def test_the_script_runs_in_an_empty_folder_and_leaves_nothing(tmp_path):
    subprocess.run([SCRIPT, "--version"], cwd=tmp_path, check=True, capture_output=True)
    assert os.listdir(tmp_path) == []
