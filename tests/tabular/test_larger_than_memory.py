"""Tables whose encoded rows are in a file: the same bits as in memory, and nothing left behind."""

import hashlib
import io
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from deltarule import Checkpoint, TabularClassifier
from deltarule.data import Encoder, open_source
from deltarule.data.sources.base import Source
from deltarule.errors import CheckpointError, DataError, OutOfMemoryError, SettingError
from deltarule.tabular import evaluate, labels, memory, prepare
from deltarule.training import Leave

N = 6000
RNG = np.random.default_rng(0)
LABEL = np.array(["no", "yes", "perhaps"])[RNG.integers(0, 3, N)]
KINDS = np.array([f"kind {i}" for i in range(12)])
FRAME = pd.DataFrame(
    {
        "size": RNG.normal(size=N) + (LABEL == "yes"),
        "colour": np.where(RNG.random(N) < 0.6, LABEL, "no"),
        "kind": KINDS[RNG.integers(0, 12, N)],
        "part": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
        "day": np.datetime64("2024-01-01") + RNG.integers(0, 700, N).astype("m8[D]"),
        "weight": RNG.integers(0, 4, N) / 2,
        "patient": RNG.integers(0, 300, N),
        "label": LABEL,
    }
)
FEATURES = FRAME.drop(columns=["label", "weight", "patient"])
SMALL = {"preset": "quick", "max_iter": 2, "hidden_layer_sizes": (8,), "random_state": 0}


def bits(model):
    curves = np.array(model.loss_curve_ + model.validation_scores_ + [model.temperature_])
    digest = hashlib.sha256(curves.tobytes())
    for parameters in model._parameters:
        digest.update(parameters.theta.tobytes())
    return digest.hexdigest()


def fit(X=FEATURES, y=LABEL, *, settings=None, **given):
    return TabularClassifier(**{**SMALL, **(settings or {})}).fit(X, y, **given)


@pytest.fixture
def in_file(monkeypatch):
    """Put encoded rows into a file, however few they are."""

    def switch(is_on=True):
        def find_room(*arguments):
            room = memory.find_room(*arguments)
            return memory.Room(not is_on, room.window)

        monkeypatch.setattr(prepare, "find_room", find_room)

    return switch


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "table.parquet"
    pq.write_table(pa.Table.from_pandas(FRAME, preserve_index=False), path, row_group_size=700)
    return path


CASES = {
    "one network": ({}, {}),
    "several": ({"n_models": 3}, {}),
    "refitted": ({"n_models": 2, "n_refit": 1}, {}),
    "class weights": ({"class_weight": "balanced"}, {}),
    "nothing masked": ({"columns": dict.fromkeys(["kind", "colour"], "ignored")}, {}),
    "weights": ({}, {"sample_weight": FRAME["weight"]}),
    "both weights": ({"class_weight": "balanced"}, {"sample_weight": FRAME["weight"]}),
    "groups": ({"n_models": 3}, {"groups": FRAME["patient"]}),
    "order": ({}, {"order": FRAME["day"]}),
    "own rows": ({"n_models": 2}, {"X_val": FEATURES[:500], "y_val": LABEL[:500]}),
    "another metric": ({"metric": "roc_auc", "calibrate": False}, {}),
}


@pytest.mark.parametrize("hashed", [False, True], ids=["listed", "hashed"])
@pytest.mark.parametrize("window", [N, 2000, 1])
@pytest.mark.parametrize("case", CASES)
def test_rows_in_a_file_give_the_bits_of_rows_in_memory(in_file, monkeypatch, case, window, hashed):
    """A window that has all rows is training as it is without windows."""
    if hashed:
        many_rows_are_hashed(monkeypatch)
    settings, given = CASES[case]
    models = []
    for is_on in (False, True):
        in_file(is_on)
        models.append(fit(settings={**settings, "window": window}, **given))
    assert bits(models[0]) == bits(models[1])
    assert np.array_equal(models[0].validation_rows_, models[1].validation_rows_)
    assert models[0].window_ == models[1].window_ == window
    if window == N:
        in_file(False)
        assert bits(fit(settings=settings, **given)) == bits(models[1])


def many_rows_are_hashed(monkeypatch, most=1000):
    """Make tables with more than a thousand rows tables with too many to list."""
    monkeypatch.setattr(labels, "MOST_LISTED", most)
    monkeypatch.setattr("deltarule.data.split.MOST_VALIDATED", most // 5)


def test_windows_change_the_order_and_nothing_else():
    """And one row too few for all in one window is another order."""
    models = [fit(settings={"window": window}) for window in (None, N, N - 1000, 2048, 512)]
    assert len({bits(model) for model in models}) == 4
    assert len({tuple(model.validation_rows_) for model in models}) == 1
    assert [model.window_ for model in models] == [N, N, N - 1000, 2048, 512]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_number_of_threads_changes_no_bit(in_file, n_threads):
    in_file()
    settings = {"n_models": 3, "window": 2048}
    one = fit(settings={**settings, "n_threads": n_threads})
    assert bits(one) == bits(fit(settings={**settings, "n_threads": 3}))


def test_of_many_rows_few_are_held_out_by_a_hash(monkeypatch):
    many_rows_are_hashed(monkeypatch)
    rare = np.where(np.arange(N) == N - 1, "rare", LABEL)
    with pytest.warns(UserWarning, match="Classes with a single row: 'rare'"):
        model = fit(y=rare, settings={"n_models": 8})
    held_out = model.validation_rows_
    assert 600 < len(held_out) < 1000, "8 parts of 60"
    assert N - 1 not in held_out
    assert len(model.validation_proba_) == len(model.validation_truth_) == len(held_out)
    assert np.array_equal(model.classes_[model.validation_truth_], rare[held_out])


class InPieces(Source):
    """A table in batches of another size."""

    def __init__(self, table, size):
        self.name, self._table, self._size = "Pieces", table, size

    @property
    def schema(self):
        return self._table.schema

    @property
    def n_rows(self):
        return None

    def batches(self, columns=None):
        table = self._table if columns is None else self._table.select(columns)
        yield from table.to_batches(max_chunksize=self._size)


@pytest.mark.parametrize("size", [1000, 1024, 4999])
def test_it_does_not_matter_where_batches_are_cut(in_file, size):
    in_file()
    table = pa.Table.from_pandas(FRAME, preserve_index=False).combine_chunks()
    whole = fit(table, "label", sample_weight="weight", groups="patient")
    pieces = fit(InPieces(table, size), "label", sample_weight="weight", groups="patient")
    assert bits(pieces) == bits(whole)
    assert pieces.column_kinds_ == whole.column_kinds_


@pytest.mark.parametrize(
    "given",
    [
        lambda path: path,
        lambda path: str(path.with_name("*.parquet")),
        lambda path: path.parent,
        lambda path: [path],
        lambda path: ds.dataset(path),
        lambda path: ds.dataset(path).scanner().to_reader(),
        lambda path: open_source(str(path)),
        lambda path: pq.read_table(path),
        lambda path: pd.read_parquet(path),
        lambda path: io.BytesIO(path.read_bytes()),
    ],
    ids=["path", "glob", "folder", "list", "dataset", "stream", "source", "table", "frame", "file"],
)
def test_a_table_may_be_given_as_anything(in_file, parquet, given):
    """Labels and weights are columns of it."""
    in_file()
    expected = fit(FRAME.drop(columns=["label", "weight"]), LABEL, sample_weight=FRAME["weight"])
    model = fit(given(parquet), "label", sample_weight="weight")
    assert bits(model) == bits(expected)
    assert list(model.feature_names_in_) == [*FEATURES.columns, "patient"]


def test_own_rows_to_validate_on_may_be_in_a_file(in_file, parquet):
    in_file()
    given = {"X_val": parquet, "y_val": "label", "sample_weight_val": "weight"}
    ours = fit(parquet, "label", sample_weight="weight", **given)
    features = FRAME.drop(columns=["label", "weight"])
    weights = FRAME["weight"]
    given = {"X_val": features, "y_val": LABEL, "sample_weight_val": weights}
    theirs = fit(features, LABEL, sample_weight=weights, **given)
    assert bits(ours) == bits(theirs)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"y": "lable"}, "has no column 'lable'. Did you mean 'label'?"),
        ({"y": LABEL[1:]}, r"has 6000 rows, but the labels have shape \(5999,\)"),
        ({"sample_weight": "wieght"}, "has no column 'wieght'. Did you mean 'weight'?"),
        ({"sample_weight": "colour"}, "'(no|yes|perhaps)' is no number"),
        ({"groups": "patents"}, "has no column 'patents'. Did you mean 'patient'?"),
        ({"groups": np.arange(5)}, r"groups has shape \(5,\), but the table has 6000 rows"),
    ],
)
def test_what_is_wrong_is_named(parquet, given, words):
    y = given.pop("y", "label")
    for X in (parquet, FRAME):
        with pytest.raises(DataError, match=words):
            fit(X, y, **given)


class Changing(InPieces):
    """A table that has another number of rows each time that it is gone through."""

    def __init__(self, *sizes):
        super().__init__(pa.Table.from_pandas(FRAME, preserve_index=False), 1000)
        self._sizes = list(sizes)

    def batches(self, columns=None):
        n_rows = self._sizes.pop(0)
        yield from pa.Table.from_batches(super().batches(columns))[:n_rows].to_batches()


@pytest.mark.parametrize(("then", "now"), [(5000, 4000), (4000, 5000)])
@pytest.mark.parametrize("is_on", [True, False], ids=["file", "memory"])
def test_a_table_that_changes_while_it_is_read_is_refused(in_file, then, now, is_on):
    in_file(is_on)
    words = f"had {then:,} rows, and has .* now: it has changed while it was read"
    with pytest.raises(DataError, match=words):
        fit(Changing(then, now), "label")


# Memory decides where rows are


def test_rows_that_do_not_fit_go_into_a_file(caplog, parquet):
    """As many as fit are in memory at a time, and the model says how many."""
    caplog.set_level("INFO", logger="deltarule")
    model = fit(parquet, "label", settings={"memory_limit": "800 kB", "batch_size": 64})
    assert model.window_ in (512, 1024, 2048, 4096)
    assert "its encoded rows, about 0.5 MB, go into a file without a name" in caplog.text
    again = fit(parquet, "label", settings={"window": model.window_, "batch_size": 64})
    assert bits(again) == bits(model)
    assert "go into" not in caplog.text.split("trained to epoch")[-2]


def test_a_window_that_does_not_fit_is_an_error():
    settings = {"memory_limit": "800 kB", "batch_size": 64, "window": N}
    with pytest.raises(OutOfMemoryError, match=r"6,000 rows, each.* 0\.8 MB is the memory_limit"):
        fit(settings=settings)


def test_too_few_rows_to_shuffle_are_warned_of():
    settings = {"memory_limit": "400 kB", "batch_size": 64}
    with pytest.warns(UserWarning, match="Only 1,024 rows fit into memory at a time: too few"):
        assert fit(settings=settings).window_ == 1024


def test_a_table_that_is_sorted_is_learnt_as_well():
    """Each window has rows from everywhere, so of every class."""
    order = np.argsort(LABEL, kind="stable")
    settings = {"max_iter": 12, "batch_size": 64}
    scores = [
        fit(FEATURES.iloc[order], LABEL[order], settings={**settings, "window": window})
        for window in (None, 1024)
    ]
    whole, windows = (model.validation_scores_[model.best_epoch_ - 1] for model in scores)
    assert whole > 0.7
    assert windows > whole - 0.03


def test_without_a_limit_it_is_half_of_what_is_free(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1_440_000)
    assert fit(settings={"batch_size": 64}).window_ < N
    monkeypatch.setattr(memory, "available_memory", lambda: 2_800_000)
    assert fit(settings={"batch_size": 64}).window_ == N


# Files that stay


@pytest.fixture
def passes(monkeypatch):
    """Count the passes over a table in which something is learnt of it."""
    counted = []
    learn = Encoder.learn
    monkeypatch.setattr(Encoder, "learn", lambda *arguments: counted.append(1) or learn(*arguments))
    return counted


def test_encoded_rows_are_used_again(in_file, parquet, tmp_path, passes):
    in_file()
    cache = tmp_path / "cache"
    first = fit(parquet, "label", settings={"cache": cache, "n_models": 4})
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    again = fit(parquet, "label", settings={"cache": str(cache), "n_models": 4})
    other = fit(parquet, "label", settings={"cache": cache, "n_models": 3, "random_state": 5})
    assert bits(again) == bits(first) != bits(other)
    assert len(passes) == 1
    assert file.stat().st_mtime_ns == written
    assert again.left_out_ == first.left_out_
    in_file(False)
    assert bits(fit(parquet, "label", settings={"cache": cache, "n_models": 4})) == bits(first)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"columns": {"patient": "categorical"}}},
        {"settings": {"category_embedding": False}},
        {"settings": {"n_models": 1}},
        {"settings": {"random_state": 1}},
        {"sample_weight": "weight"},
        {"groups": "patient"},
        {"order": "day"},
    ],
    ids=lambda change: str(next(iter(change.values()))),
)
def test_what_is_encoded_otherwise_is_another_file(in_file, parquet, tmp_path, passes, change):
    in_file()
    settings = {"cache": tmp_path / "cache", "n_models": 2}
    fit(parquet, "label", settings=settings)
    fit(parquet, "label", **{**change, "settings": {**settings, **change.get("settings", {})}})
    assert len(passes) == 2
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_it_does_not_matter_what_was_encoded_before(in_file, tmp_path):
    """Categories that only held-out rows have are left out: whose rows those are is part of it."""
    in_file()
    late = FRAME["day"] > np.datetime64("2025-10-01")
    kind = np.where(late, np.char.add("late ", KINDS[RNG.integers(0, 9, N)]), FRAME["kind"])
    path = tmp_path / "table.parquet"
    pq.write_table(pa.Table.from_pandas(FRAME.assign(kind=kind)), path)
    cached = {"cache": tmp_path / "cache", "n_models": 3}
    by_order = fit(path, "label", order="day", settings=cached)
    plain = fit(path, "label", settings=cached)
    assert by_order._encoder != plain._encoder
    assert bits(plain) == bits(fit(path, "label", settings={"n_models": 3}))
    assert bits(by_order) == bits(fit(path, "label", order="day", settings=cached))


def test_rows_of_a_table_that_has_changed_are_removed(in_file, parquet, tmp_path, passes):
    in_file()
    cache = tmp_path / "cache"
    fit(parquet, "label", settings={"cache": cache})
    (old,) = cache.iterdir()
    pq.write_table(pa.Table.from_pandas(FRAME[:4000], preserve_index=False), parquet)
    model = fit(parquet, "label", settings={"cache": cache})
    (new,) = cache.iterdir()
    assert old != new
    assert len(passes) == 2
    assert max(model.validation_rows_) < 4000


def test_a_damaged_file_is_named_or_written_anew(in_file, parquet, tmp_path, passes):
    in_file()
    settings = {"cache": tmp_path / "cache"}
    expected = bits(fit(parquet, "label", settings=settings))
    (file,) = (tmp_path / "cache").iterdir()
    whole = file.read_bytes()
    broken = bytearray(whole)
    broken[len(whole) // 2] ^= 4
    file.write_bytes(broken)
    with pytest.raises(DataError, match=f"{file.name} is damaged: row group .* is not"):
        fit(parquet, "label", settings=settings)
    file.write_bytes(whole[:-9])  # it cannot be opened: it is no such file
    assert bits(fit(parquet, "label", settings=settings)) == expected
    assert len(passes) == 2


@pytest.mark.parametrize("is_cache", [True, False], ids=["cache", "run"])
def test_what_a_killed_writer_left_is_removed(in_file, parquet, tmp_path, is_cache):
    """In a cache, where others may be writing now, only what nobody has written to for an hour."""
    in_file()
    folder = tmp_path / "folder"
    folder.mkdir()
    old, new = (folder / f".deltarule-encoded-abc-{i}.part" for i in range(2))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    where = {"cache": folder} if is_cache else {"checkpoint": Checkpoint(folder)}
    fit(parquet, "label", settings=where)
    assert not old.exists()
    assert new.exists() == is_cache


def test_nothing_is_left_without_a_cache(in_file, parquet, tmp_path, monkeypatch):
    in_file()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fit(parquet, "label")
    fit()
    assert [path.name for path in tmp_path.iterdir()] == [parquet.name]


# Checkpoints


def test_a_run_that_is_left_goes_on(in_file, parquet, tmp_path, leave_at, passes):
    """In the middle of an epoch, in the middle of a window; its rows are still there, then gone."""
    in_file()
    settings = {"window": 2048, "n_models": 2, "batch_size": 64}
    whole = fit(parquet, "label", settings=settings)
    settings |= {"checkpoint": Checkpoint(tmp_path / "run"), "resume": True}
    model = TabularClassifier(**{**SMALL, **settings})
    for _ in range(5):
        with pytest.raises(Leave):
            model.set_callbacks(leave_at(27)).fit(parquet, "label")
        assert len(list((tmp_path / "run").glob("encoded-*"))) == 1
    model.set_callbacks().fit(parquet, "label")
    assert bits(model) == bits(whole)
    assert not list((tmp_path / "run").glob("encoded-*"))
    assert len(passes) == 2, "of the run that was not left, and of the one that was"


def test_a_run_goes_on_in_its_windows_whatever_memory_there_is(parquet, tmp_path, leave_at):
    """The limit is another one, or there is none; the order of the rows is what it was."""
    settings = {"batch_size": 64, "checkpoint": Checkpoint(tmp_path / "run"), "resume": True}
    model = TabularClassifier(**SMALL, **settings, memory_limit="800 kB")
    with pytest.raises(Leave):
        model.set_callbacks(leave_at(50)).fit(parquet, "label")
    model = TabularClassifier(**SMALL, **settings)
    model.set_callbacks().fit(parquet, "label")
    assert model.window_ < N
    fresh = fit(parquet, "label", settings={"batch_size": 64, "window": model.window_})
    assert bits(model) == bits(fresh)


def test_other_rows_to_validate_on_are_another_run(tmp_path, leave_at):
    own = {"X_val": FEATURES[:500], "y_val": LABEL[:500]}
    settings = {"checkpoint": Checkpoint(tmp_path / "run"), "resume": True}
    model = TabularClassifier(**SMALL, **settings)
    with pytest.raises(Leave):
        model.set_callbacks(leave_at(9)).fit(FEATURES, LABEL, **own)
    model.set_callbacks()
    with pytest.raises(CheckpointError, match=r"What differs: .*the values of the validation rows"):
        model.fit(FEATURES, LABEL, X_val=FEATURES[500:1000], y_val=LABEL[:500])
    model.fit(FEATURES, LABEL, **own)


def test_another_window_is_another_run(tmp_path, leave_at):
    settings = {"checkpoint": Checkpoint(tmp_path / "run"), "resume": True}
    model = TabularClassifier(**SMALL, **settings, window=2048)
    with pytest.raises(Leave):
        model.set_callbacks(leave_at(9)).fit(FEATURES, LABEL)
    model.set_callbacks().set_params(window=1024)
    with pytest.raises(CheckpointError, match=r"window.* \(then 2048, now 1024\)"):
        model.fit(FEATURES, LABEL)
    model.set_params(window=None).fit(FEATURES, LABEL)
    assert model.window_ == 2048


# What is read


def test_rows_to_validate_on_are_read_as_those_to_train_on(tmp_path):
    """Codes stay text, and so do labels, where only numbers are left of them."""
    zips = np.array(["01234", "1234", "0777x"])[RNG.integers(0, 3, 300)]
    names = np.array(["1", "2", "A"])[np.arange(300) % 3]
    table = pd.DataFrame({"zip": zips, "name": names, "x": RNG.normal(size=300)})
    table.to_csv(tmp_path / "train.csv", index=False)
    few = table[(table["zip"] != "0777x") & (table["name"] != "A")]
    few.to_csv(tmp_path / "valid.csv", index=False)
    kinds = {"columns": {"zip": "categorical"}}
    own = {"X_val": few.drop(columns="name"), "y_val": few["name"]}
    expected = fit(table.drop(columns="name"), names, settings=kinds, **own)
    own = {"X_val": str(tmp_path / "valid.csv"), "y_val": "name"}
    assert bits(fit(str(tmp_path / "train.csv"), "name", settings=kinds, **own)) == bits(expected)


def stream(table):
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=1000))


def test_arrays_beside_a_stream_are_as_long_as_it_is():
    """Its length is known only when it has gone by."""
    table = pa.Table.from_pandas(FEATURES, preserve_index=False)
    for weights in (FRAME["weight"][1:], np.ones(N + 1)):
        with pytest.raises(DataError, match=r"sample_weight has shape .*, but there are 6000 rows"):
            fit(stream(table), LABEL, sample_weight=weights)
    assert bits(fit(stream(table), LABEL, sample_weight=2.0)) == bits(fit(sample_weight=2.0))
    own = {"X_val": stream(table), "y_val": np.append(LABEL, "no")}
    with pytest.raises(DataError, match=r"X_val\): .* has 6000 rows, but the labels have"):
        fit(**own)
    with pytest.raises(DataError, match=r"X_val\): .*the table has no rows"):
        fit(X_val=stream(table[:0]), y_val=[])


def test_a_stream_may_have_other_dictionaries_in_each_batch():
    batches = [
        pa.record_batch({"kind": pa.array(kinds).dictionary_encode(), "x": [0.5, 1.5, 2.5]})
        for kinds in (["a", "b", "a"], ["c", "a", "c"]) * 10
    ]
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    model = fit(reader, np.arange(60) % 2)
    assert model.column_kinds_ == {"kind": "categorical", "x": "numeric"}


def test_errors_in_files_say_where(tmp_path):
    lines = ["x,w,label", *(f"{i % 7},1,{'ab'[i % 2]}" for i in range(90))]
    lines[50] = "3,-2,a"
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match=r"rows.csv, line 51: Column 'w', row 50: sample_weight"):
        fit(tmp_path / "rows.csv", "label", sample_weight="w")
    fit(tmp_path / "rows.csv", "label")


@pytest.mark.parametrize("name", ["weight", "label"])
def test_labels_and_weights_are_no_columns_to_learn_from(name):
    settings = {"columns": {name: "ignored"}}
    with pytest.raises(SettingError, match=f"'{name}' is 'ignored', but it is the .* column"):
        fit(FRAME, "label", sample_weight="weight", settings=settings)


def test_a_target_with_too_many_labels_is_refused_as_it_is_read(monkeypatch):
    monkeypatch.setattr(labels, "MOST_CLASSES", 100)
    with pytest.raises(DataError, match=r"'size' has more than 100 different labels. Is it"):
        fit(FRAME, "size")


def test_a_window_may_have_no_rows_to_train_on():
    """The latest rows, all at one end of the table, are held out."""
    few, days = FEATURES[:600], np.sort(FRAME["day"][:600])
    for seed in range(4):
        settings = {"window": 256, "random_state": seed, "n_models": 2}
        by_order = {"order": days, "settings": settings}
        model = fit(few, LABEL[:600], **by_order)
        assert len(model.loss_curve_) == 2
        settings["time_limit"] = 60
        assert bits(fit(few, LABEL[:600], **by_order)) == bits(model)


# Evaluation


@pytest.mark.parametrize("at_once", [1000, 10**9])
def test_evaluation_of_a_file_is_that_of_a_table(parquet, monkeypatch, at_once):
    model = fit(settings={"n_models": 2})
    expected = evaluate(model, FEATURES, LABEL)
    monkeypatch.setattr("deltarule.tabular.predictor.SCORES_AT_ONCE", at_once)
    found = evaluate(model, parquet, "label", ignored=["weight", "patient"])
    assert found.log_loss == pytest.approx(expected.log_loss, rel=1e-12)
    assert found.roc_auc == pytest.approx(expected.roc_auc, rel=1e-12)
    assert found.accuracy == expected.accuracy
    assert np.array_equal(found.confusion, expected.confusion)
    assert found.roc_auc_error == 0
