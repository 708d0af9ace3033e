"""``CsvLog`` and ``JsonLinesLog``: a line an epoch, whatever a run goes through."""

import json
import math
import os
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from deltarule.callbacks import CsvLog, JsonLinesLog
from deltarule.callbacks.logs import row_of
from deltarule.errors import DivergenceError, SaveError
from deltarule.training import Epoch, History

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

COLUMNS = [
    "epoch", "step", "loss", "validation_loss", "validation_score", "rate", "gradient_norm",
    "seconds", "update_ratio_1", "update_ratio_2",
]  # fmt: skip
OF_HISTORY = {name: name for name in COLUMNS[2:8]} | {"validation_score": "validation_score"}
KINDS = {"csv": CsvLog, "jsonl": JsonLinesLog}


def read(path):
    """Return the log as a table."""
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str).map(float)  # pandas' own floats may be one bit off
    rows = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text().splitlines()]
    return pd.DataFrame(rows).astype(float)


@pytest.fixture(params=KINDS)
def log(request, tmp_path):
    """Either log: ``log.callback()`` and ``log.read()``, and its ``path``."""
    path, kind = tmp_path / f"log.{request.param}", KINDS[request.param]
    return SimpleNamespace(callback=lambda: kind(path), read=lambda: read(path), path=path)


def require_as_history(table, model, columns=OF_HISTORY):
    n = len(model.loss_curve_)
    assert table["epoch"].tolist() == list(range(1, n + 1))
    for column in columns:
        np.testing.assert_array_equal(table[column], model.history_[OF_HISTORY[column]])
    ratios = [name for name in table if name.startswith("update_ratio_")]
    np.testing.assert_array_equal(table[ratios], model.history_["update_ratio"])


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str)
def test_it_has_the_columns_and_the_numbers_of_the_history(mlp, log, settings):
    model = mlp.make(log.callback(), **settings).fit(mlp.X, mlp.y)
    table = log.read()
    assert list(table) == COLUMNS
    require_as_history(table, model)


def test_it_logs_a_table_too(tabular, log):
    model = tabular.make(log.callback()).fit(tabular.X, tabular.y)
    require_as_history(log.read(), model)
    assert log.read()["validation_score"].notna().all()


def test_steps_are_counted_through_all_epochs(mlp, log):
    mlp.make(log.callback(), batch_size=50).fit(mlp.X, mlp.y)
    assert log.read()["step"].tolist() == [3, 6, 9, 12, 15, 18]


def test_a_line_is_there_as_soon_as_its_epoch_ends(mlp, log, at):
    """Of a run that is killed later nothing is lost."""
    with pytest.raises(ZeroDivisionError):
        mlp.make(log.callback(), at("end", 3, ZeroDivisionError())).fit(mlp.X, mlp.y)
    assert log.read()["epoch"].tolist() == [1, 2, 3]


def test_pandas_reads_the_csv_file_as_numbers(tabular, tmp_path):
    model = tabular.make(CsvLog(tmp_path / "log.csv")).fit(tabular.X, tabular.y)
    table = pd.read_csv(tmp_path / "log.csv", index_col="epoch")
    assert all(map(pd.api.types.is_numeric_dtype, table.dtypes))
    assert table.loc[6, "validation_score"] == pytest.approx(model.validation_scores_[-1])


def test_pandas_reads_the_json_lines(tabular, tmp_path):
    model = tabular.make(JsonLinesLog(tmp_path / "log.jsonl")).fit(tabular.X, tabular.y)
    table = pd.read_json(tmp_path / "log.jsonl", lines=True)
    assert table["loss"].tolist() == pytest.approx(model.loss_curve_)


def test_json_lines_are_objects_whose_numbers_are_numbers(mlp, tmp_path):
    mlp.make(JsonLinesLog(tmp_path / "log"), max_iter=1).fit(mlp.X, mlp.y)
    (line,) = (tmp_path / "log").read_text().splitlines()
    row = json.loads(line)
    assert list(row) == COLUMNS
    assert (row["epoch"], row["step"]) == (1, 1)
    assert row["validation_score"] is row["validation_loss"] is None
    assert isinstance(row["loss"], float)


def test_what_is_no_finite_number_is_an_empty_cell_or_null(mlp, tmp_path):
    """L-BFGS has no rate (NaN); an infinite figure is made up."""
    callbacks = [CsvLog(tmp_path / "log.csv"), JsonLinesLog(tmp_path / "log.jsonl")]
    mlp.make(*callbacks, solver="lbfgs", max_iter=1).fit(mlp.X, mlp.y)
    header, line = (tmp_path / "log.csv").read_text().splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert cells["rate"] == cells["validation_score"] == cells["validation_loss"] == ""
    assert json.loads((tmp_path / "log.jsonl").read_text())["rate"] is None


def made_up(squares, **figures):
    record = Epoch(**{"loss": math.inf, "rate": 0.1, "seconds": 1.0, "squares": squares, **figures})
    return row_of(SimpleNamespace(history=History([record]), epoch=1, step=1))


def test_figures_that_are_infinite_or_nan_are_none():
    row = made_up(np.array([[np.inf, 1, 1], [1, 1, 1]]), score=math.nan, validation_loss=-math.inf)
    assert (
        row["loss"]
        is row["validation_score"]
        is row["validation_loss"]
        is row["gradient_norm"]
        is None
    )


def test_update_ratios_that_are_infinite_or_nan_are_none():
    row = made_up(np.array([[1.0, np.inf, 1.0], [1.0, np.nan, 1.0]]))
    assert row["update_ratio_1"] is row["update_ratio_2"] is None


def test_a_fit_that_begins_begins_the_file_anew(mlp, log):
    """Whatever stood in it."""
    log.path.write_text("something else\n" * 99)
    model = mlp.make(log.callback()).fit(mlp.X, mlp.y)
    require_as_history(log.read(), model)
    model.set_params(max_iter=2).fit(mlp.X, mlp.y)
    require_as_history(log.read(), model)


def test_a_warm_start_and_partial_fit_append(mlp, log):
    callback = log.callback()
    model = mlp.make(callback, warm_start=True, max_iter=2)
    model.fit(mlp.X, mlp.y).fit(mlp.X, mlp.y).partial_fit(mlp.X, mlp.y)
    model.set_callbacks(log.callback()).partial_fit(mlp.X, mlp.y)
    assert len(log.read()) == 6
    require_as_history(log.read(), model)


def test_a_log_that_is_set_late_begins_with_the_next_epoch(mlp, log):
    model = mlp.make(warm_start=True, max_iter=2).fit(mlp.X, mlp.y)
    model.set_callbacks(log.callback()).fit(mlp.X, mlp.y)
    assert log.read()["epoch"].tolist() == [3, 4]


@pytest.fixture
def uninterrupted(mlp, tmp_path):
    """The lines of a run of twelve epochs, seconds apart."""
    callbacks = [CsvLog(tmp_path / "whole.csv"), JsonLinesLog(tmp_path / "whole.jsonl")]
    mlp.make(*callbacks, max_iter=12).fit(mlp.X, mlp.y)
    return lambda path: read(tmp_path / f"whole{path.suffix}").drop(columns="seconds")


def require_same(log, uninterrupted):
    pd.testing.assert_frame_equal(
        log.read().drop(columns="seconds"), uninterrupted(log.path), check_exact=True
    )
    assert log.read()["seconds"].notna().all()


@pytest.mark.parametrize("epoch", [1, 4, 5, 11])
def test_a_resumed_run_drops_the_lines_after_the_checkpoint(log, cut_off, uninterrupted, epoch):
    """It was cut off one epoch after the checkpoint, or in the epoch that had one to come."""
    resume = cut_off(epoch, log.callback())
    assert len(log.read()) == epoch
    resume(log.callback())
    require_same(log, uninterrupted)


@pytest.mark.parametrize("lost", [1, 2, 40])
def test_a_line_that_was_cut_off_in_its_middle_is_written_anew(log, cut_off, uninterrupted, lost):
    resume = cut_off(5, log.callback())
    os.truncate(log.path, log.path.stat().st_size - lost)
    resume(log.callback())
    require_same(log, uninterrupted)


def test_a_run_that_is_cut_off_twice_ends_with_one_line_an_epoch(log, cut_off, uninterrupted, at):
    resume = cut_off(5, log.callback())
    with pytest.raises(ZeroDivisionError):
        resume(log.callback(), at("end", 9, ZeroDivisionError()))
    resume(log.callback())
    require_same(log, uninterrupted)


def test_a_log_that_was_set_late_has_one_line_an_epoch_after_another_cut(log, cut_off, at):
    resume = cut_off(5)
    with pytest.raises(ZeroDivisionError):
        resume(log.callback(), at("end", 9, ZeroDivisionError()))
    assert log.read()["epoch"].tolist() == [5, 6, 7, 8, 9]
    resume(log.callback())
    assert log.read()["epoch"].tolist() == [5, 6, 7, 8, 9, 10, 11, 12]


def test_a_run_that_had_ended_leaves_its_log_as_it_is(log, mlp, tmp_path):
    settings = {"checkpoint": tmp_path / "run"}
    mlp.make(log.callback(), **settings).fit(mlp.X, mlp.y)
    before = log.path.read_bytes()
    mlp.make(log.callback(), resume=True, **settings).fit(mlp.X, mlp.y)
    assert log.path.read_bytes() == before


def test_lbfgs_that_converges_has_one_line_an_iteration(mlp, log):
    model = mlp.make(log.callback(), solver="lbfgs", max_iter=500).fit(mlp.X, mlp.y)
    assert model.n_iter_ < 500
    require_as_history(log.read(), model)


def test_a_run_that_ctrl_c_ends_has_one_line_an_epoch(mlp, log, at):
    model = mlp.make(log.callback(), at("burst", 4, KeyboardInterrupt()))
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(mlp.X, mlp.y)
    require_as_history(log.read(), model)


def tame_at_first(progress):
    return np.where(progress < 0.5, 1e-302, 1.0)


def test_a_run_that_diverges_has_one_line_an_epoch(mlp, log):
    rates = {"schedule": tame_at_first, "learning_rate_init": 1e300, "momentum": 0}
    model = mlp.make(log.callback(), solver="sgd", batch_size=50, **rates)
    with pytest.raises(DivergenceError):
        model.fit(mlp.X, mlp.y)
    require_as_history(log.read(), model)


def test_an_epoch_whose_loss_explodes_has_its_line(mlp, log):
    model = mlp.make(log.callback(), solver="sgd", momentum=0, activation="identity")
    with pytest.raises(DivergenceError, match="the loss of epoch"):
        model.set_params(learning_rate_init=3).fit(mlp.X * 100, mlp.y)
    require_as_history(log.read(), model)


PLACES = {
    "missing folder": lambda folder: folder / "missing" / "log",
    "a folder": lambda folder: folder,
    "full disk": lambda folder: "/dev/full",
    "a file as folder": lambda folder: folder / "file" / "log",
    "name too long": lambda folder: folder / ("x" * 300),
}


@pytest.mark.parametrize("kind", KINDS.values())
@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_cannot_be_written_to_is_a_named_error(case, digest, tmp_path, kind, place):
    """Before training, and the estimator is as it was."""
    if place == "full disk" and not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    (tmp_path / "file").write_text("")
    path = PLACES[place](tmp_path)
    model = case.make(max_iter=2).fit(case.X, case.y)
    before = digest(model)
    model.set_callbacks(kind(path)).set_params(max_iter=6)
    with pytest.raises(SaveError, match="choose another place") as caught:
        model.fit(case.X, case.y)
    assert f"Cannot write {path}: " in str(caught.value)
    assert (digest(model), model.n_iter_) == (before, 2)


def test_a_log_without_the_right_to_write_is_a_named_error(mlp, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("")
    path.chmod(0o400)
    if os.access(path, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(SaveError, match=r"log\.csv"):
        mlp.make(CsvLog(path)).fit(mlp.X, mlp.y)


def test_a_disk_that_fills_up_leaves_the_lines_before(mlp, tmp_path):
    """A limit on the size of files is a disk that is full after so many bytes."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limits[1]))
    try:
        with pytest.raises(SaveError, match=r"the log .*log\.csv: File too large"):
            mlp.make(CsvLog(tmp_path / "log.csv")).fit(mlp.X, mlp.y)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    header, *lines = (tmp_path / "log.csv").read_text().splitlines(keepends=True)
    whole = [int(line.partition(",")[0]) for line in lines if line.endswith("\n")]
    assert header.startswith("epoch,")
    assert whole == list(range(1, len(whole) + 1))
    assert len(whole) >= 2
