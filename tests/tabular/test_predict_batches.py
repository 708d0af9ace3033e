"""Predictions of tables of any length: those of the whole table, a batch at a time."""

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from sklearn.exceptions import NotFittedError

from deltarule import TabularClassifier
from deltarule.data import Source
from deltarule.errors import CellError, DataError
from deltarule.tabular import predictor


@pytest.fixture
def model(table, labels):
    return TabularClassifier(max_iter=5, n_models=2, random_state=0).fit(table, labels)


class InBatches(Source):
    """A table in batches of some rows."""

    name = "table"

    def __init__(self, table, rows):
        self._table, self._rows = table if isinstance(table, pa.Table) else pa.table(table), rows

    @property
    def schema(self):
        return self._table.schema

    @property
    def n_rows(self):
        return None

    def batches(self, columns=None):
        yield from self._table.to_batches(max_chunksize=self._rows)


@pytest.mark.parametrize("rows", [1, 7, 64, 80])
def test_they_are_those_of_the_whole_table(table, model, rows):
    stream = model.predict_batches(InBatches(table, rows), proba=True, beside=["colour"])
    told = stream.read_all()
    names = ["colour", "prediction", "probability of big", "probability of small"]
    assert told.column_names == stream.schema.names == names
    assert np.array_equal(told["prediction"].to_numpy(), model.predict(table))
    p = np.column_stack([told[name].to_numpy() for name in names[2:]])
    assert p.tobytes() == model.predict_proba(table).tobytes()
    assert told["colour"].to_pylist() == pa.array(table["colour"]).to_pylist()


def test_batches_come_one_by_one(table, model):
    """What goes wrong in the last one does not keep the first from coming."""
    table["size"] = np.where(np.arange(80) == 79, "much", table["size"].round(2).astype(str))
    stream = model.predict_batches(InBatches(table, 40))
    assert stream.read_next_batch().num_rows == 40
    with pytest.raises(CellError, match="'much'") as raised:
        stream.read_next_batch()
    assert raised.value.row == 79


def test_warnings_are_given_once_and_counts_are_of_all(table, model):
    table["colour"] = np.where(np.arange(80) % 2, "mauve", "red")
    with pytest.warns(UserWarning, match="colour|extra") as told:
        model.predict_batches(InBatches(table | {"extra": np.zeros(80)}, 8)).read_all()
    assert [str(one.message)[:30] for one in told] == [
        "Not used, as training had no s",
        "40 of the cells in column 'col",
    ]


def test_strict_refuses(table, model):
    model.strict = True
    with pytest.raises(DataError, match="no such column"):
        model.predict_batches(InBatches(table | {"extra": np.zeros(80)}, 8)).read_all()
    table["colour"] = np.full(80, "mauve")
    with pytest.raises(DataError, match="that training never saw"):
        model.predict_batches(InBatches(table, 8)).read_all()


def test_no_rows_are_no_predictions_and_columns_are_checked(table, model):
    none = pa.table(table).slice(0, 0)
    told = model.predict_batches(none, proba=True).read_all()
    assert (told.num_rows, told.num_columns) == (0, 3)
    with pytest.raises(DataError, match="lacks 'colour'"):
        model.predict_batches(none.drop_columns(["colour"])).read_all()
    with pytest.raises(DataError, match="has no column 'town'"):
        model.predict_batches(none, beside=["town"])


def test_arrays_have_places():
    X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(X, y)
    told = model.predict_batches(X).read_all()
    assert told["prediction"].to_pylist() == model.predict(X).tolist()


def test_files_are_read_as_in_training_and_written_as_one_likes(table, model, tmp_path):
    """A column of digits is text where training had text."""
    table["colour"] = np.array(["red", "007"])[np.arange(80) % 2]
    pa_csv.write_csv(pa.table(table), tmp_path / "rows.csv")
    stream = model.predict_batches(tmp_path / "rows.csv", beside=["colour"])
    with pytest.warns(UserWarning, match="40 of the cells"):
        pq.write_table(stream.read_all(), tmp_path / "told.parquet")
    told = pq.read_table(tmp_path / "told.parquet")
    assert told["colour"].to_pylist() == table["colour"].tolist()
    with pytest.warns(UserWarning, match="40 of the cells"):
        assert told["prediction"].to_pylist() == model.predict(table).tolist()


def test_an_unfitted_model_says_so(table):
    with pytest.raises(NotFittedError):
        TabularClassifier().predict_batches(table)


def test_the_target_beside_its_prediction(table, labels, model):
    model.target_ = "class"
    told = model.predict_batches(table | {"class": labels}, beside=["class"]).read_all()
    assert told.column_names == ["class", "predicted class"]


def test_no_more_rows_at_a_time_than_memory_is_for(table, model, monkeypatch):
    """With many classes a batch of rows would be many scores."""
    monkeypatch.setattr(predictor, "SCORES_AT_ONCE", 100)
    stream = model.predict_batches(table)
    assert [batch.num_rows for batch in stream] == [25, 25, 25, 5]
    assert np.array_equal(
        model.predict_batches(table).read_all()["prediction"], model.predict(table)
    )
