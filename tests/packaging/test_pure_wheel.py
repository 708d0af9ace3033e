"""Where there is no compiler the wheel is pure Python, and the reference engine serves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

EXERCISE = """
import sys
# A developer's editable installation would otherwise come first.
sys.meta_path = [f for f in sys.meta_path if "editable" not in type(f).__module__]
from sklearn.datasets import load_iris
from deltarule import MLPClassifier
from deltarule.engines import ENGINE
import deltarule
X, y = load_iris(return_X_y=True)
model = MLPClassifier(max_iter=400, learning_rate_init=0.01, random_state=0).fit(X, y)
print(ENGINE.name, model.score(X, y) > 0.9, deltarule.__file__)
"""


def build_wheel(folder, **environment):
    """Build a wheel with compilers that do nothing but fail."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    no_compiler = {"CC": "/bin/false", "CXX": "/bin/false", "DELTARULE_REQUIRE_NATIVE": ""}
    return subprocess.run(
        command,
        env=os.environ | no_compiler | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_build_without_a_compiler_gives_a_wheel_that_trains(tmp_path):
    built = build_wheel(tmp_path)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("deltarule-*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--target", tmp_path / "site", wheel], check=True)
    ran = subprocess.run(
        [sys.executable, "-c", EXERCISE],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split()[:2] == ["reference", "True"]
    assert ran.stdout.split()[2].startswith(str(tmp_path))


def test_a_native_engine_that_was_asked_for_is_not_left_out_silently(tmp_path):
    assert build_wheel(tmp_path, DELTARULE_REQUIRE_NATIVE="1").returncode != 0
    assert not list(tmp_path.glob("*.whl"))


@pytest.mark.parametrize(("wanted", "engine"), [("reference", "reference"), ("", None)])
def test_the_environment_chooses_the_engine(wanted, engine):
    from deltarule.engines import ENGINES

    code = "from deltarule.engines import ENGINE; print(ENGINE.name)"
    environment = os.environ | {"DELTARULE_ENGINE": wanted}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == (engine or ENGINES[0].name)


def test_an_engine_that_is_not_there_is_named():
    environment = os.environ | {"DELTARULE_ENGINE": "abacus"}
    ran = subprocess.run(
        [sys.executable, "-c", "import deltarule.engines"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "DELTARULE_ENGINE is 'abacus', but the engines here are" in ran.stderr


def test_what_is_installed_needs_no_compiler(tmp_path):
    """Nothing but this environment's own programs is to be found: it trains all the same."""
    programs = str(Path(sys.executable).parent)
    environment = {"PATH": programs, "HOME": str(tmp_path)}
    script = Path(programs, "deltarule")

    def call(*arguments):
        done = subprocess.run(
            [script, *arguments], env=environment, cwd=tmp_path, capture_output=True, check=True
        )
        return done.stdout

    (tmp_path / "iris.csv").write_bytes(call("example", "iris"))
    train = ["train", "iris.csv", "--target", "target", "--preset", "quick", "--seed", "0"]
    call(*train, "--out", "m.deltarule")
    predictions = call("predict", "m.deltarule", "iris.csv")
    assert len(predictions.splitlines()) == 151
