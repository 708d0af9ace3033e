"""Who is compared, each fit in a process of its own, and a run that goes on where it was."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from benchmarks.accuracy import __main__ as accuracy
from benchmarks.accuracy.contenders import CONTENDERS, DEFAULT, find
from benchmarks.accuracy.metrics import MEASURES
from benchmarks.accuracy.records import Record, append, read
from benchmarks.accuracy.worker import run, versions


def asked(**changes):
    given = {"data": "iris", "part": "test", "seed": 0, "contender": "logistic", "threads": 1}
    return Record(**(given | changes))


@pytest.mark.parametrize("contender", ["deltarule:max_iter=3", "logistic"])
def test_a_fit_in_its_process_gives_every_measure_and_its_time(contender):
    done = run(asked(contender=contender), limit=None)
    assert done.failure is None
    assert set(done.scores) == {*MEASURES, "fit_seconds", "predict_seconds"}
    assert (done.n_train, done.n_test) == (105, 45)
    assert done.key == asked(contender=contender).key
    assert done.versions == versions(find(contender).modules)


def test_a_fit_that_fails_says_why():
    done = run(asked(contender="deltarule:max_iter=-1"), limit=None)
    assert done.scores == {}
    assert "max_iter" in done.failure


def test_a_fit_that_takes_too_long_is_given_up():
    assert run(asked(), limit=0.01).failure == "took longer than 0 s"


def mixed(n=80):
    """Return numbers with holes, categories with holes and three classes."""
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {"n": random.normal(size=n), "c": pd.Categorical(random.choice(["a", "b"], n))}
    )
    X.loc[:4, "n"], X.loc[5:9, "c"] = np.nan, None
    return X, np.arange(n) % 3


@pytest.mark.parametrize("name", CONTENDERS)
@pytest.mark.filterwarnings("ignore")
def test_every_contender_takes_holes_and_categories(name):
    contender = find(name)
    absent = [module for module in contender.modules if find_spec(module) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} is not installed: pip install '.[bench]'")
    X, y = mixed()
    model = contender.build(0, 1)
    model.fit(X, y)
    proba = model.predict_proba(X)
    assert list(model.classes_) == [0, 1, 2]
    assert proba.shape == (80, 3)
    assert proba.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_settings_of_ours_follow_its_name():
    model = find("deltarule:preset=td-s,max_iter=7").build(3, 2)
    assert (model.preset, model.max_iter, model.random_state, model.n_threads) == ("td-s", 7, 3, 2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "no contender is called 'nobody': there are deltarule, "),
        ("xgboost:max_depth=3", "no contender is called 'xgboost:max_depth=3'"),
        ("deltarule:depth=3", "'depth=3' sets nothing: TabularClassifier's settings are "),
    ],
)
def test_a_contender_that_is_none_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        find(name)


def test_records_are_read_as_they_were_written_and_the_later_one_counts(tmp_path):
    file = tmp_path / "records.jsonl"
    first, second = asked(failure="no"), asked(scores={"error": 0.125})
    for record in (first, asked(seed=1), second):
        append(file, record)
    assert read(file) == {second.key: second, asked(seed=1).key: asked(seed=1)}


def test_a_line_that_was_cut_off_is_made_again(tmp_path):
    file = tmp_path / "records.jsonl"
    append(file, asked())
    with file.open("a") as half:
        half.write('{"data": "wi')
    assert list(read(file)) == [asked().key]
    append(file, asked(data="wine"))
    assert list(read(file)) == [asked().key, asked(data="wine").key]


def test_contenders_take_turns_and_no_fit_is_made_twice():
    line = "--data iris wine --seeds 0 1 --contenders deltarule logistic --out F"
    wanted = accuracy.asked_for(line.split())
    there = [asked(threads=2), asked(seed=1, contender="deltarule", failure="no")]
    order = [
        (fit.seed, fit.data, fit.contender)
        for fit in accuracy.missing(wanted, {record.key: record for record in there})
    ]
    assert order == [
        (0, "iris", "deltarule"),
        (0, "wine", "deltarule"),
        (0, "wine", "logistic"),
        (1, "iris", "logistic"),
        (1, "wine", "deltarule"),
        (1, "wine", "logistic"),
    ]
    wanted.retry = True
    again = [fit.key for fit in accuracy.missing(wanted, {record.key: record for record in there})]
    assert there[1].key in again
    assert there[0].key not in again


def test_a_run_goes_on_where_it_was(tmp_path, capsys):
    file = tmp_path / "records.jsonl"
    line = ["--data", "iris", "--contenders", "logistic", "--threads", "1", "--out", str(file)]
    accuracy.main(line)
    assert "iris, seed 0, logistic: 0." in capsys.readouterr().err
    before = file.read_bytes()
    accuracy.main(line)
    assert capsys.readouterr().err == ""
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--role development", "DELTARULE_DATA is not set"),
        ("--data iris --contenders nobody", "no contender is called"),
    ],
)
def test_what_is_missing_is_said_before_the_first_fit(line, message, tmp_path, monkeypatch):
    monkeypatch.delenv("DELTARULE_DATA", raising=False)
    with pytest.raises(SystemExit, match=message):
        accuracy.main([*line.split(), "--out", str(tmp_path / "records.jsonl")])


def test_a_package_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"catboost is not installed: `make bench-accuracy`"):
        accuracy.main(
            ["--data", "iris", "--contenders", "catboost", "--out", str(tmp_path / "records.jsonl")]
        )


def test_tabm_is_there_when_asked_for_only():
    assert {*CONTENDERS} - {*DEFAULT} == {"tabm"}
