"""The examples do what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SPIRAL = Path(__file__).parent.parent / "examples" / "spiral.py"


def accuracy(source):
    """Run an example's source in a process of its own; return the accuracy that it prints."""
    ran = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=300
    )
    return float(re.search(r"fresh points: (\S+)", ran.stdout)[1])


def test_the_spiral_is_learned_in_forty_lines():
    source = SPIRAL.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 40
    assert accuracy(source) >= 0.975


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 10))
def test_the_spiral_is_learned_from_any_seed(seed):
    source = SPIRAL.read_text(encoding="utf-8").replace("default_rng(0)", f"default_rng({seed})")
    assert accuracy(source.replace("seed=0", f"seed={seed}")) >= 0.975
