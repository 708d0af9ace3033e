"""A real notebook, run by a real kernel: progress, an interrupt from outside, and going on.

The kernel is this environment's Python, known from a folder of the test's own only.
"""

import asyncio
import hashlib
import json
import sys
import threading
import time
from html.parser import HTMLParser

import pytest
from sklearn.datasets import load_iris

nbformat = pytest.importorskip("nbformat", reason="needs nbformat, nbclient and ipykernel")
nbclient = pytest.importorskip("nbclient", reason="needs nbformat, nbclient and ipykernel")
pytest.importorskip("ipykernel", reason="needs nbformat, nbclient and ipykernel")

SECONDS = 60
LAST = 62  # no epoch but the first gains so much: one, and 61 that are stale

CELLS = {
    "begin": """
import hashlib, time
import numpy as np
from sklearn.datasets import load_iris
from deltarule import Checkpoint, MLPClassifier
from deltarule.callbacks import Callback, Progress

X, y = load_iris(return_X_y=True)
plan = {"max_iter": 1000, "tol": 1e3, "n_iter_no_change": 60, "random_state": 0}

class Slow(Callback):
    def on_fit_task_end(self, estimator, context):
        time.sleep(0.05)

def digest(model):
    return hashlib.sha256(b"".join(W.tobytes() for W in model.coefs_)).hexdigest()
""",
    "train": """
model = MLPClassifier((5,), checkpoint="run", **plan).set_callbacks(Progress(), Slow())
model.fit(X, y);
""",
    "interrupt": """
half = MLPClassifier((5,), checkpoint=Checkpoint("cut", seconds=0.2), **plan)
half.set_callbacks(Progress(), Slow())
half.fit(X, y);
""",
    "predict": "print(half.n_iter_, half.predict(X).shape)",
    "resume": """
again = MLPClassifier((5,), checkpoint="cut", resume=True, **plan).set_callbacks(Progress())
again.fit(X, y);
""",
    "weights": "print(again.n_iter_, digest(again), digest(model))",
    "error": """
class Failing(Callback):
    def on_fit_task_end(self, estimator, context):
        if context.task_id == 2:
            raise ZeroDivisionError("in a hook")

MLPClassifier((5,), **plan).set_callbacks(Progress(), Failing()).fit(X, y)
""",
}


class Notebook:
    """Runs cells one after the other; the outputs are the cells' own."""

    def __init__(self, folder):
        self.cells = {name: nbformat.v4.new_code_cell(code.strip()) for name, code in CELLS.items()}
        self.document = nbformat.v4.new_notebook(cells=list(self.cells.values()))
        self._names, self._folder = list(CELLS), folder
        self.client = nbclient.NotebookClient(
            self.document,
            timeout=SECONDS,
            kernel_name="here",
            resources={"metadata": {"path": str(folder)}},
            allow_error_names=["ZeroDivisionError"],
        )
        self.pictures = {name: [] for name in CELLS}
        process = self.client.process_message

        def look_at(message, cell, cell_index):
            if message["msg_type"] in ("display_data", "update_display_data"):
                text = message["content"]["data"]["text/plain"]
                self.pictures[self._names[cell_index]].append(text)
            return process(message, cell, cell_index)

        self.client.process_message = look_at

    def run(self, name):
        return self.client.execute_cell(self.cells[name], self._names.index(name)).outputs

    def interrupt_once_there_is(self, pattern):
        """Send SIGINT, as the notebook's stop button does, when a file is there."""

        def wait_and_interrupt():
            deadline = time.monotonic() + SECONDS
            while not list(self._folder.glob(pattern)) and time.monotonic() < deadline:
                time.sleep(0.02)
            asyncio.run(self.client.km.interrupt_kernel())

        thread = threading.Thread(target=wait_and_interrupt)
        thread.start()
        return thread


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after all of its cells have run, in this order."""
    folder = tmp_path_factory.mktemp("notebook")
    spec = folder / "jupyter" / "kernels" / "here"
    spec.mkdir(parents=True)
    arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    written = {"argv": arguments, "display_name": "Here", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(written))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATA_DIR", "RUNTIME_DIR", "CONFIG_DIR", "PATH"):
            patch.setenv(f"JUPYTER_{name}", str(folder / "jupyter"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        notebook = Notebook(folder)
        with notebook.client.setup_kernel():
            for name in CELLS:
                if name == "interrupt":
                    thread = notebook.interrupt_once_there_is("cut/checkpoint-*[1-9].deltarule")
                notebook.run(name)
            thread.join()
        yield notebook


def shown(output):
    return output["data"]["text/plain"]


def test_a_cell_shows_one_line_that_is_drawn_anew_and_nothing_else(executed):
    """One output; the pictures before the last took its place, a fifth of a second apart."""
    (output,) = executed.cells["train"].outputs
    assert output["output_type"] == "display_data"
    assert f"epoch {LAST}/1000" in shown(output)
    pictures = executed.pictures["train"]
    assert shown(output) == pictures[-1]
    assert 5 < len(pictures) < 40
    assert len(set(pictures)) >= len(pictures) - 1, "the last may have been drawn twice"


def test_the_cell_that_is_interrupted_warns_and_keeps_its_line(executed):
    line, warning = executed.cells["interrupt"].outputs
    assert line["output_type"] == "display_data"
    assert (warning["output_type"], warning["name"]) == ("stream", "stderr")
    assert "UserWarning: Training interrupted by user in epoch" in warning["text"]
    epochs, shape = executed.cells["predict"].outputs[0]["text"].split(" ", 1)
    assert shape == "(150,)\n"
    assert 1 <= int(epochs) < LAST
    assert f"epoch {epochs}/1000" in shown(line)


def test_the_cell_that_resumes_goes_on_from_the_checkpoint(executed):
    (line,) = executed.cells["resume"].outputs
    assert f"epoch {LAST}/1000" in shown(line)
    drawn = [text for text in executed.pictures["resume"] if "epoch" in text]
    assert "epoch 0/" not in drawn[0], "it has come some way already"


def test_the_weights_are_those_of_a_run_that_was_never_interrupted(executed, make):
    """Of the notebook's own, and of one in this process."""
    epochs, again, whole = executed.cells["weights"].outputs[0]["text"].split()
    plan = {"max_iter": 1000, "tol": 1e3, "n_iter_no_change": 60, "learning_rate_init": 0.001}
    model = make(**plan).fit(*load_iris(return_X_y=True))
    here = hashlib.sha256(b"".join(W.tobytes() for W in model.coefs_)).hexdigest()
    assert int(epochs) == model.n_iter_ == LAST
    assert again == whole == here


def test_an_error_in_a_cell_leaves_the_line_above_the_traceback(executed):
    line, error = executed.cells["error"].outputs
    assert "epoch 3/1000" in shown(line)
    assert (error["output_type"], error["ename"]) == ("error", "ZeroDivisionError")


class Words(HTMLParser):
    """What a browser would show."""

    def __init__(self):
        super().__init__()
        self.text = ""

    def handle_data(self, data):
        self.text += data


def test_the_line_is_there_in_html_too(executed):
    """As notebooks are looked at most often, and as nbconvert publishes them."""
    data = executed.cells["train"].outputs[0]["data"]
    words = Words()
    words.feed(data["text/html"])
    assert f"epoch {LAST}/1000" in words.text
    nbconvert = pytest.importorskip("nbconvert", reason="needs nbconvert")
    page, _ = nbconvert.HTMLExporter().from_notebook_node(executed.document)
    words = Words()
    words.feed(page)
    assert f"epoch {LAST}/1000" in words.text
