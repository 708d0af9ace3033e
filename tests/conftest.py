"""How the tests run - the same examples each time, unless asked to explore - and real data."""

import json
import os
import signal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import settings

from deltarule.data import ReadOptions, open_source

# `make test` gives one verdict for one commit; `make test-slow` looks for new examples.
settings.register_profile("repeat", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile("repeat")

# A shell's background jobs ignore Ctrl-C, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data():
    """Return a reader of one file of a real data set: a table without the target, and labels."""
    folder = os.environ.get("DELTARULE_DATA")
    if not folder:
        pytest.skip("the environment variable DELTARULE_DATA does not name a folder")

    def load(name, part="table"):
        meta = json.loads((Path(folder) / name / "meta.json").read_text())
        types = dict.fromkeys(meta["categorical_columns"], pa.string())
        file = Path(folder) / name / f"{part}.csv.gz"
        table = open_source(file, ReadOptions(types=types)).read()
        labels = table[meta["target_column"]].to_numpy()
        return table.drop_columns([meta["target_column"], *meta["drop_columns"]]), labels

    return load
