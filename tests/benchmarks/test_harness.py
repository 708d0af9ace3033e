"""The benchmarks compare like with like, and their arithmetic is right. No test here is timed."""

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks.check import interval, judge
from benchmarks.contenders import CONTENDERS
from benchmarks.summary import as_json, summarise
from benchmarks.tables import BEGIN, END, markdown, put_between_marks
from benchmarks.turns import ROOT, Entry, Timings, take_turns

PEERS = [name for name in CONTENDERS if name != "products"]
NEEDS = {"pytorch": "torch", "jax_epoch": "jax"}


TRAIN = """
import sys
from benchmarks.contenders import {contender}
from benchmarks.workloads import WORKLOADS
print({contender}.prepare(WORKLOADS["{workload}"], "{dtype}", 1)({epochs}))
"""


def train(contender, workload, dtype, epochs):
    """Train in a process of its own - JAX's threads would make later tests' forks warn."""
    if contender in NEEDS and find_spec(NEEDS[contender]) is None:
        pytest.skip(f"{NEEDS[contender]} is not installed: pip install '.[bench]'")
    code = TRAIN.format(contender=contender, workload=workload, dtype=dtype, epochs=epochs)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("contender", PEERS)
def test_every_contender_does_the_same_work(contender, dtype):
    """After as many steps of the same size, all have come about as far."""
    assert float(train(contender, "tiny", dtype, 20)) == pytest.approx(0.52, abs=0.06)


@pytest.mark.parametrize("workload", ["iris", "digits"])
def test_the_bare_products_run(workload):
    assert train("products", workload, "float32", 2) == "None"


def test_entries_take_turns_in_processes_of_their_own():
    entries = [Entry("ours", 1), Entry("products", 1)]
    timings = take_turns(entries, "iris", "float32", rounds=2)
    assert list(timings) == entries
    assert all(len(timing.seconds) == 2 for timing in timings.values())
    assert timings[entries[0]].source.endswith("__init__.py")
    assert timings[entries[1]].source is None


def test_a_worker_that_fails_is_named():
    with pytest.raises(SystemExit, match=r"nobody.*ended with status 1"):
        take_turns([Entry("nobody", 1)], "iris", "float32", rounds=1)


def timings_of(**seconds):
    return {
        Entry(name.rstrip("12"), int(name[-1])): Timings(1.0, 0.5, 3, None, laps)
        for name, laps in seconds.items()
    }


def test_a_ratio_is_of_the_same_round_and_of_the_better_number_of_threads():
    ratios = summarise(timings_of(ours1=[1.0, 2.0, 4.0], ours2=[9, 9, 9], pytorch2=[2, 6, 8]))
    assert (ratios["pytorch"].median, ratios["pytorch"].threads) == (2.0, 2)
    assert (ratios["ours"].median, ratios["ours"].threads) == (1.0, 1)


def test_results_become_json_and_a_table(tmp_path):
    cell = as_json("tiny", "float32", timings_of(ours1=[1e-3] * 3, scikit_learn1=[2e-3] * 3))
    machine = {"processor": "P", "cores": 2, "date": "2026-01-01", "versions": {"numpy": "2"}}
    table = markdown({"machine": machine, "cells": [json.loads(json.dumps(cell))]})
    assert "| tiny | float32 | 4-10-3 | 32 | 10 µs | 2x (2-2) | - | - | - |" in table
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    put_between_marks(page, table)
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\n{table}\n{END}\nafter\n"


def test_the_readme_has_the_table_of_the_results():
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert markdown(results) in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.0, "no difference beyond noise"), (1.1, "slower"), (0.9, "faster")],
)
def test_a_check_tells_a_difference_from_noise(factor, verdict):
    random = np.random.default_rng(0)
    before, now = random.lognormal(0, 0.05, 15), factor * random.lognormal(0, 0.05, 15)
    ratio, low, high = interval(list(now), list(before))
    assert low <= ratio <= high
    assert judge(low, high) == verdict
