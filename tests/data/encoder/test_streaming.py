"""A table in batches: cut anywhere it is the same; long ones are sampled, in bounded memory."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deltarule.data import Encoder
from deltarule.data.encoder import sample as sample_module
from deltarule.data.encoder.sample import RowSample
from deltarule.data.hashing import hash_of

N = 60
RNG = np.random.default_rng(0)
DAY = dt.datetime(2020, 1, 1)


def gappy(cells):
    return [None if i % 7 == 3 else cell for i, cell in enumerate(cells)]


TABLE = pa.table(
    {
        "number": RNG.normal(size=N),
        "again": pa.array(gappy(RNG.normal(size=N).tolist())),
        "flag": gappy([i % 3 == 0 for i in range(N)]),
        "text": gappy(RNG.choice(["u", "v", "wörter"], N).tolist()),
        "same text": pa.array([["u", "v", "x"][i * i % 3] for i in range(N)]).dictionary_encode(),
        "number text": [f"{x:.3f}" for x in RNG.normal(size=N)],
        "mixed": ["7", *[f"{x:.3f}" for x in RNG.normal(size=N - 2)], "word"],
        "when": gappy([DAY + dt.timedelta(hours=9 * i * i) for i in range(N)]),
        "id": RNG.permutation(N),
        "constant": [1.0] * N,
        "nulls": pa.nulls(N),
        "late": [None] * (N - 1) + [2.0],
        "only number": pa.array([None] * 20 + [2.0, 3.0] + [None] * (N - 22)),
    }
)
TABLE = TABLE.append_column("number, again", TABLE["number"])
TABLE = TABLE.append_column("text, again", TABLE["text"].cast(pa.large_string()))
WHOLE = Encoder.learn(TABLE.to_batches(), TABLE.schema)
FEWER = settings(max_examples=settings().max_examples // 4)  # each learns thirteen columns
CUTS = st.lists(st.integers(0, N), max_size=12).map(sorted)


def cut(table, cuts):
    """Return batches that end there, some of them empty, each with memory of its own."""
    parts = [
        table.take(pa.array(range(begin, end), pa.int64()))
        for begin, end in pairwise([0, *cuts, table.num_rows])
    ]
    empty = pa.RecordBatch.from_pylist([], schema=table.schema)
    return [(part.combine_chunks().to_batches() or [empty])[0] for part in parts]


def test_the_table_has_something_of_everything():
    assert len(set(WHOLE.encoder.kinds().values())) == 4
    assert set(WHOLE.left_out) == {
        "mixed",
        "id",
        "constant",
        "nulls",
        "number, again",
        "text, again",
    }


@FEWER
@given(CUTS)
@example(list(range(N)))
@example([0, 0, 30, 30, 60, 60])
def test_any_cut_into_batches_gives_the_very_same_encoder(cuts):
    assert Encoder.learn(cut(TABLE, cuts), TABLE.schema) == WHOLE


@FEWER
@given(CUTS)
def test_so_does_one_without_copies(cuts):
    whole = TABLE.combine_chunks().to_batches()[0]
    views = [whole.slice(begin, end - begin) for begin, end in pairwise([0, *cuts, N])]
    assert Encoder.learn(views, TABLE.schema) == WHOLE


SAMPLED = TABLE.drop_columns(["late", "only number"])


@FEWER
@given(CUTS, st.integers(5, N))
def test_so_it_is_where_rows_are_sampled(cuts, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_module, "MOST_ROWS", most)
        whole = Encoder.learn(SAMPLED.combine_chunks().to_batches(), SAMPLED.schema)
        assert Encoder.learn(cut(SAMPLED, cuts), SAMPLED.schema) == whole


def test_booleans_in_words_and_digits_are_the_same_in_one_batch_and_in_two():
    table = pa.table({"a": ["true", "false", "1", "0"]})
    two = Encoder.learn(cut(table, [2]), table.schema, {"a": "boolean"})
    assert Encoder.learn(cut(table, []), table.schema, {"a": "boolean"}) == two


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(pa.float64()),
        pytest.param(pa.timestamp("us")),
        pa.string(),
    ],
    ids=str,
)
def test_a_few_cells_in_a_long_column_may_all_be_out_of_the_sample(monkeypatch, kind):
    monkeypatch.setattr(sample_module, "MOST_ROWS", 5)
    out = int(np.argmax(hash_of(np.arange(N, dtype=np.uint64))))
    cells = pa.array([3 if i == out else None for i in range(N)], pa.int64()).cast(kind)
    table = pa.table({"a": cells, "b": RNG.normal(size=N)})
    learned = Encoder.learn(table.to_batches(), table.schema)
    assert np.isfinite(learned.encoder.encode(table)).all()


@pytest.fixture(scope="module")
def long():
    """More rows than are sampled, sorted, so that the first 65,536 tell little of the rest."""
    rng = np.random.default_rng(1)
    n = 150_000
    return pa.table(
        {
            "normal": np.sort(rng.normal(size=n)),
            "skewed": np.exp(3 * np.sort(rng.normal(size=n))),
            "spike": np.append(np.zeros(n - 1), 1e6),
            "text": pa.array(np.array(["u", "v"], object)[np.arange(n) % 2]),
            "rare": pa.array(["common"] * (n - 1) + ["rare"]),
        }
    )


@pytest.fixture(scope="module")
def learned(long):
    return Encoder.learn(long.to_batches(max_chunksize=10_000), long.schema)


@pytest.mark.parametrize("name", ["normal", "skewed"])
def test_quantiles_of_a_long_column_are_near_the_exact_ones(long, learned, name):
    x = long[name].to_numpy()
    scale = next(c.scale for c in learned.encoder.columns if c.name == name)
    lower = np.quantile(x, 0.25)
    upper = lower + 1 / scale.factor
    assert np.searchsorted(x, scale.centre) / len(x) == pytest.approx(0.5, abs=0.005)
    assert np.searchsorted(x, upper) / len(x) == pytest.approx(0.75, abs=0.005)


def test_what_happens_once_in_a_long_column_is_not_lost(learned):
    columns = {column.name: column for column in learned.encoder.columns}
    assert columns["spike"].scale.factor == 2 / 1e6
    assert columns["rare"].categories == ["common", "rare"]
    assert learned.n_rows == 150_000


def test_a_long_column_is_the_same_however_it_is_cut(long, learned):
    assert Encoder.learn(long.to_batches(max_chunksize=33_333), long.schema) == learned


@pytest.fixture
def short_sample(monkeypatch):
    monkeypatch.setattr(sample_module, "MOST_ROWS", 100)


def numbered(first, count):
    return pa.record_batch({"n": np.arange(first, first + count)})


@pytest.mark.parametrize("size", [1, 30, 100, 101, 1000])
def test_memory_of_the_sample_is_bounded(short_sample, size):
    sample, most = RowSample(numbered(0, 0).schema), 0
    for first in range(0, 5000, size):
        sample.update(numbered(first, size))
        most = max(most, sample._table.num_rows)
        assert sample._table.num_rows == len(sample._hashes) <= 200
    assert sample.finish().num_rows == 100


def test_memory_of_learning_is_bounded_too(short_sample, monkeypatch):
    kept = []
    update = RowSample.update

    def watched(sample, batch):
        update(sample, batch)
        kept.append(sample._table.num_rows)

    monkeypatch.setattr(RowSample, "update", watched)
    schema = pa.schema({"n": pa.float64()})
    Encoder.learn((pa.record_batch({"n": np.arange(50.0) + i}) for i in range(100)), schema)
    assert len(kept) == 100
    assert max(kept) <= 200


def test_a_sample_keeps_all_rows_while_they_are_few(short_sample):
    sample = RowSample(numbered(0, 0).schema)
    for first in range(0, 100, 10):
        sample.update(numbered(first, 10))
    assert sample.finish()["n"].to_pylist() == list(range(100))


def test_a_sample_of_many_is_in_order_without_repeats_and_of_all_places(short_sample):
    sample = RowSample(numbered(0, 0).schema)
    for first in range(0, 10_000, 70):
        sample.update(numbered(first, min(70, 10_000 - first)))
    rows = sample.finish()["n"].to_numpy()
    assert len(rows) == 100
    assert (np.diff(rows) > 0).all()
    assert rows.mean() == pytest.approx(5000, abs=3 * 2900 / 10)
    for divisor in (2, 3, 5):
        counts = np.bincount(rows % divisor, minlength=divisor)
        assert counts == pytest.approx(100 / divisor, abs=20)


def test_the_sample_is_of_the_lowest_hashes(short_sample):
    sample = RowSample(numbered(0, 0).schema)
    for first in range(0, 1000, 50):
        sample.update(numbered(first, 50))
    hashes = hash_of(np.arange(1000, dtype=np.uint64))
    assert sample.finish()["n"].to_pylist() == np.sort(np.argsort(hashes)[:100]).tolist()


def test_hashes_are_those_of_splitmix64():
    """Its first outputs from the seed 0, by the published code."""
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert hash_of(np.arange(3, dtype=np.uint64)).tolist() == expected


SAMPLED_TYPES = {
    "half": pa.array(np.arange(N).astype(np.float16)),
    "decimal": pa.array(range(N)).cast(pa.decimal128(30, 2)),
    "decimal256": pa.array(range(N)).cast(pa.decimal256(60, 2)),
    "duration": pa.array(range(N), pa.duration("s")),
    "time": pa.array(range(N), pa.time32("s")),
    "date": pa.array(range(N), pa.date32()),
    "boolean": pa.array([i % 2 == 0 for i in range(N)]),
    "large text": pa.array([str(i % 5) for i in range(N)], pa.large_string()),
    "dictionary": pa.array([str(i % 5) for i in range(N)]).dictionary_encode(),
}


@pytest.mark.parametrize("cells", SAMPLED_TYPES.values(), ids=SAMPLED_TYPES)
def test_rows_of_any_type_are_sampled(monkeypatch, cells):
    table = pa.table({"a": cells, "b": RNG.normal(size=N)})
    whole = Encoder.learn(table.to_batches(), table.schema)
    monkeypatch.setattr(sample_module, "MOST_ROWS", 8)
    learned = Encoder.learn(table.to_batches(max_chunksize=7), table.schema)
    assert learned.encoder.kinds() == whole.encoder.kinds()


def test_dictionaries_may_differ_from_batch_to_batch():
    words = [["u", "v", "u"], ["x", "u", "v"], ["z", "z", "z"], [None, "u", "x"]]
    batches = [
        pa.record_batch({"a": pa.array(part, pa.string()).dictionary_encode()}) for part in words
    ]
    column = Encoder.learn(batches, batches[0].schema).encoder.columns[0]
    assert column.categories == ["u", "v", "x", "z"]
    assert column.has_missing
