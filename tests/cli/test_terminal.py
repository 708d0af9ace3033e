"""On a real terminal: a progress bar, colours unless unwanted, and Ctrl-C."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

SCRIPT = Path(sys.executable).with_name("deltarule")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")
SHOW_CURSOR = "\x1b[?25h"
SECONDS = 60


class Terminal:
    """A process whose standard error, and output if wanted, is a terminal of a given width."""

    def __init__(self, folder, environment, arguments, width=100, to_stdout=False):
        self.screen, self._end = "", None
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, width))
        self.process = subprocess.Popen(
            [SCRIPT, *map(str, arguments)],
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            stdin=subprocess.DEVNULL,
            stdout=theirs if to_stdout else subprocess.PIPE,
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
                return self.screen
            if pattern is not None and re.search(pattern, self.screen):
                return self.screen
        raise AssertionError(f"{pattern} was not shown in {SECONDS} s: {self.screen[-500:]}")

    def wait(self):
        self.read_until()
        return self.process.wait(SECONDS)

    def close(self):
        self.process.kill()
        self.process.communicate()
        os.close(self._ours)


@pytest.fixture
def open_terminal(environment, tmp_path):
    opened = []

    def open_one(*arguments, variables=(), **options):
        opened.append(Terminal(tmp_path, {**environment, **dict(variables)}, arguments, **options))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


TRAIN = ["train", "table.csv", "--target", "label", "--seed", 0]
LONG = [*TRAIN, "--valid", "table.csv", "--max-iter", 100_000]


@pytest.fixture
def endless(write_table, tmp_path):
    """A table that training goes on for, as its validation loses patience only after long."""
    return write_table(tmp_path / "table.csv", n_rows=20_000)


def test_a_progress_bar_is_shown_in_colour_and_ends_at_the_last_epoch(table, open_terminal):
    terminal = open_terminal(*TRAIN, "--max-iter", 5)
    assert terminal.wait() == 0
    assert "epoch 5/5" in terminal.screen
    assert COLOUR.search(terminal.screen)
    assert terminal.screen.rindex(SHOW_CURSOR) < terminal.screen.index("Trained")


@pytest.mark.parametrize("width", [40, 80])
def test_the_bar_fits_the_terminal(table, open_terminal, width):
    """Or it would wrap, and leave lines behind."""
    terminal = open_terminal(*TRAIN, "--max-iter", 5, width=width)
    assert terminal.wait() == 0
    escapes = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
    bars = [escapes.sub("", line) for line in re.findall(r"epo[^\r\n]*", terminal.screen)]
    assert len(bars) > 1
    assert max(len(bar.rstrip()) for bar in bars) <= width


def test_json_stays_json_beside_a_bar(table, open_terminal):
    """The bar is on standard error, whatever standard output is."""
    terminal = open_terminal(*TRAIN, "--max-iter", 3, "--json")
    assert terminal.wait() == 0
    out = terminal.process.stdout.read().decode()
    assert out.startswith('{"model"')
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_no_color_is_honoured(table, open_terminal):
    plain = open_terminal(*TRAIN, "--max-iter", 3, variables={"NO_COLOR": "1"})
    assert plain.wait() == 0
    assert "epoch 3/3" in plain.screen
    assert not COLOUR.search(plain.screen)


def test_an_error_on_a_terminal_is_one_line(table, open_terminal):
    terminal = open_terminal("train", "table.csv", "--target", "lable")
    assert terminal.wait() == 65
    assert terminal.screen == (
        "deltarule: table.csv has no column 'lable'. Did you mean 'label'?\r\n"
    )


def test_ctrl_c_while_training(endless, open_terminal, tmp_path):
    """130, one line below the bar, the cursor back, an earlier model as it was, no debris."""
    (tmp_path / "table.deltarule").write_text("an earlier model")
    terminal = open_terminal(*LONG)
    terminal.read_until(r"epoch [1-9]\d*/100000")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.wait() == 130
    below = terminal.screen[terminal.screen.rindex(SHOW_CURSOR) + len(SHOW_CURSOR) :]
    assert below.split("\r\n") == ["deltarule: Interrupted.", ""]
    assert {p.name for p in tmp_path.iterdir()} == {"table.csv", "table.deltarule"}
    assert (tmp_path / "table.deltarule").read_text() == "an earlier model"


def test_sigterm_while_training_ends_with_143_and_the_cursor_back(endless, open_terminal):
    terminal = open_terminal(*LONG)
    terminal.read_until(r"epoch [1-9]\d*/100000")
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.wait() == 143
    assert SHOW_CURSOR in terminal.screen


def test_a_run_is_watched_interrupted_resumed_and_finished(write_table, open_terminal, tmp_path):
    """The line starts where the run had got to, and ends with the time that it took."""
    write_table(tmp_path / "table.csv", n_rows=4_000)
    command = [*TRAIN, "--max-iter", 60, "--checkpoint", "run"]
    left = open_terminal(*command)
    left.read_until(r"epoch [2-9]/60")
    os.kill(left.process.pid, signal.SIGINT)
    assert left.wait() == 130
    below = left.screen[left.screen.rindex(SHOW_CURSOR) + len(SHOW_CURSOR) :]
    reached = int(re.search(r"^deltarule: Interrupted in epoch (\d+)\. run has the run", below)[1])
    assert below.count("\r\n") == 1
    assert not (tmp_path / "table.deltarule").exists()
    resumed = open_terminal(*command, "--resume")
    assert resumed.wait() == 0
    assert f"Resuming run: epoch {reached}, after step " in resumed.screen
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", resumed.screen)
    shown = [int(epoch) for epoch in re.findall(r"epoch (\d+)/60", plain)]
    trained = int(re.search(r"Trained .*? for (\d+) epochs", plain)[1])
    assert (shown[0], shown[-1]) == (reached - 1, trained)
    assert re.search(r"epoch \d+/60 .* \d:\d\d:\d\d in all\r", plain)
    assert (tmp_path / "table.deltarule").exists()
