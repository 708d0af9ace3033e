"""``Progress``: on a real terminal, on a console that is given, and where nobody is looking."""

import copy
import io
import os
import pickle
import re
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from rich.console import Console
from sklearn.base import clone

from deltarule.callbacks import Progress
from deltarule.callbacks.bridge import callbacks_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
SECONDS = 60

SCRIPT = """
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from deltarule import MLPClassifier, TabularClassifier
from deltarule.callbacks import Callback, Progress

class Slow(Callback):
    def on_fit_task_end(self, estimator, context):
        time.sleep(0.03)
        if context.task_id == FAILS_IN:
            raise ZeroDivisionError("in a hook")

FAILS_IN = None
def mlp(*callbacks, **settings):
    settings = {"max_iter": 20, "random_state": 0, "n_iter_no_change": np.inf} | settings
    return MLPClassifier((5,), **settings).set_callbacks(*(callbacks or (Slow(), Progress())))
X, y = load_iris(return_X_y=True)
"""


class Terminal:
    """A Python process whose standard error is a terminal."""

    def __init__(self, code, width):
        pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
        termios = pytest.importorskip("termios")
        self.screen, self._code = "", SCRIPT + code
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, width))
        meddling = {"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES", "TERM"}
        kept = {name: value for name, value in os.environ.items() if name not in meddling}
        self.process = subprocess.Popen(
            [sys.executable, "-c", self._code],
            env={**kept, "TERM": "xterm-256color"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def read_until(self, pattern=None):
        """Read what is shown until it matches, or to the end."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._ours], [], [], 0.1)
            try:
                self.screen += os.read(self._ours, 65536).decode() if ready else ""
            except OSError:  # the other end was closed: Linux's end of file
                return
            if pattern is not None and re.search(pattern, self.screen):
                return
        raise AssertionError(f"{pattern} was not shown in {SECONDS} s: {self.screen[-500:]}")

    def wait(self):
        self.read_until()
        return self.process.wait(SECONDS)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def open_terminal():
    opened = []

    def open_one(code, width=100):
        opened.append(Terminal(code, width))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


def pictures(screen):
    """Return the lines that were drawn, one over the other."""
    return [ESCAPES.sub("", line).rstrip() for line in re.findall(r"epo[^\r\n]*", screen)]


def epochs_shown(screen, last=20):
    return [int(k) for k in re.findall(rf"epoch (\d+)/{last}", ESCAPES.sub("", screen))]


@pytest.mark.parametrize(
    ("code", "width"),
    [("mlp().fit(X, y)", 40), ("mlp().fit(X, y)", 100), ("mlp(solver='lbfgs').fit(X, y)", 100)],
)
def test_the_epochs_move_in_one_line_that_stays(open_terminal, code, width):
    terminal = open_terminal(code + "\nprint('below', file=sys.stderr)", width)
    assert terminal.wait() == 0
    shown = epochs_shown(terminal.screen)
    assert shown == sorted(shown)
    assert shown[-1] == 20
    assert len(set(shown)) > 3
    drawn = pictures(terminal.screen)
    assert max(map(len, drawn)) <= width, "or it would wrap, and leave lines behind"
    assert ("━" in drawn[-1]) == (width == 100)
    assert terminal.screen.count("\n") == 2, "the line and what was printed below it"
    assert terminal.screen.endswith("below\r\n")
    assert terminal.screen.rindex(SHOW_CURSOR) > terminal.screen.rindex(HIDE_CURSOR)


VALIDATED = "mlp(early_stopping=True, scoring='roc_auc_ovr').fit(X, y)"


def test_a_wide_terminal_has_room_for_loss_and_score(open_terminal):
    terminal = open_terminal(VALIDATED)
    assert terminal.wait() == 0
    assert re.search(
        r"^epoch 20/20 ━+ loss \d\.\d+ roc_auc_ovr \d\.\d+ \(best \d\.\d+\) 0:00:0\d in all$",
        pictures(terminal.screen)[-1],
    )


def test_a_narrow_terminal_has_room_for_the_epoch_whatever_else_is_shown(open_terminal):
    terminal = open_terminal(VALIDATED, 40)
    assert terminal.wait() == 0
    assert epochs_shown(terminal.screen)[-1] == 20
    assert max(map(len, pictures(terminal.screen))) <= 40


def test_an_exception_brings_the_cursor_back_and_leaves_the_line(open_terminal):
    terminal = open_terminal("FAILS_IN = 10\nmlp().fit(X, y)", 100)
    assert terminal.wait() == 1
    bar, _, below = terminal.screen.rpartition(SHOW_CURSOR)
    assert epochs_shown(bar)[-1] in (10, 11)
    assert below.startswith("Traceback")
    assert below.endswith("ZeroDivisionError: in a hook\r\n")


def test_ctrl_c_brings_the_cursor_back_and_leaves_the_line(open_terminal):
    fit = "model = mlp(Progress(), Slow(), max_iter=100_000).fit(X, y)\n"
    terminal = open_terminal(fit + "print(model.n_iter_, file=sys.stderr)")
    terminal.read_until(r"epoch [1-9]\d*/100000")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.wait() == 0
    bar, _, below = terminal.screen.rpartition(SHOW_CURSOR)
    assert epochs_shown(bar, 100_000)[-1] == int(below)


def test_the_processes_of_a_grid_search_show_nothing_of_their_own(open_terminal):
    """The terminal is one; only the refit is in this process."""
    code = "GridSearchCV(mlp(Progress()), {'alpha': [0, 0.1]}, cv=2, n_jobs=2).fit(X, y)"
    terminal = open_terminal(code)
    assert terminal.wait() == 0
    assert terminal.screen.count(HIDE_CURSOR) == 1


def test_it_is_silent_where_nobody_is_looking():
    """Not a byte on either stream, which are pipes here."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT + "mlp(Progress()).fit(X, y)"],
        capture_output=True,
        timeout=SECONDS,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.fixture
def console():
    return Console(file=io.StringIO(), force_terminal=True, width=110, _environ={})


def drawn_on(console):
    return pictures(console.file.getvalue())


def test_it_shows_epoch_loss_and_score_on_a_console_that_is_given(tabular, console):
    model = tabular.make(Progress(console)).fit(tabular.X, tabular.y)
    score, best = model.validation_scores_[-1], max(model.validation_scores_)
    expected = f"loss {model.loss_curve_[-1]:.3f} accuracy {score:.3f} (best {best:.3f})"
    assert drawn_on(console)[-1].startswith("epoch 6/6 ━")
    assert expected in drawn_on(console)[-1]


def test_a_score_has_the_name_of_its_scorer(mlp, console):
    settings = {"early_stopping": True, "scoring": lambda model, X, y: 0.125}
    mlp.make(Progress(console), **settings).fit(mlp.X, mlp.y)
    assert " score 0.125 (best 0.125)" in drawn_on(console)[-1]


def test_without_a_score_it_shows_the_loss_alone(mlp, console):
    model = mlp.make(Progress(console)).fit(mlp.X, mlp.y)
    assert re.search(rf"━ loss {model.loss_:.3f} \d", drawn_on(console)[-1])


def test_a_run_that_stops_early_leaves_the_epoch_it_got_to(mlp, console, at):
    mlp.make(Progress(console), at("end", 3, True)).fit(mlp.X, mlp.y)
    assert drawn_on(console)[-1].startswith("epoch 3/6 ")


def test_a_run_that_is_resumed_starts_from_where_it_was(cut_off, console):
    cut_off(5)(Progress(console))
    shown = epochs_shown(console.file.getvalue(), 12)
    assert shown[0] >= 4
    assert shown[-1] == 12


def test_each_fit_has_a_line_of_its_own(mlp, console):
    model = mlp.make(Progress(console)).fit(mlp.X, mlp.y)
    model.fit(mlp.X, mlp.y)
    assert console.file.getvalue().count("\n") == 2


def test_a_warm_start_and_partial_fit_end_with_the_last_of_their_epochs(mlp, console):
    model = mlp.make(Progress(console), warm_start=True).fit(mlp.X, mlp.y)
    model.fit(mlp.X, mlp.y).partial_fit(mlp.X, mlp.y)
    lines = ESCAPES.sub("", console.file.getvalue()).split("\n")[:3]
    last = [re.findall(r"epoch (\d+)/(\d+)", line)[-1] for line in lines]
    assert all(epoch == epochs for epoch, epochs in last)


def test_it_changes_no_bit(case, console, digest):
    plain = case.make().fit(case.X, case.y)
    assert digest(case.make(Progress(console)).fit(case.X, case.y)) == digest(plain)


@pytest.mark.parametrize(
    "quiet", [Console(file=io.StringIO()), Console(file=io.StringIO(), quiet=True)]
)
def test_a_console_that_is_quiet_or_no_terminal_stays_empty(mlp, quiet):
    mlp.make(Progress(quiet)).fit(mlp.X, mlp.y)
    assert quiet.file.getvalue() == ""


def test_it_can_be_copied_pickled_and_cloned_also_after_a_fit(mlp, console):
    """A copy has no console: what it draws on is not to be copied."""
    model = mlp.make(Progress(console)).fit(mlp.X, mlp.y)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        (progress,) = callbacks_of(again)
        assert progress.console is None
        assert np.array_equal(again.predict(mlp.X), model.predict(mlp.X))
    (same,) = callbacks_of(clone(model))
    assert same.console is console
