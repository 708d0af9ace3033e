"""The side-by-side on tables: its arithmetic, what it reads, and what it still has to do."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import ttest_rel
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks import tabular
from benchmarks.tabular import OURS, PEER, interval, judge, missing, score, split, table


def fits(contender, errors, seconds, data="letter"):
    return [
        {"data": data, "contender": contender, "seed": seed, "error": error, "seconds": s}
        | {"log_loss": 0.25, "roc_auc": None}
        for seed, (error, s) in enumerate(zip(errors, seconds, strict=True))
    ]


def test_the_interval_is_that_of_a_paired_t_test():
    random = np.random.default_rng(0)
    a, b = random.random(5), random.random(5)
    mean, half = interval(a - b)
    expected = ttest_rel(a, b).confidence_interval(0.95)
    assert (mean - half, mean + half) == pytest.approx((expected.low, expected.high))


def test_one_seed_has_no_interval():
    assert interval(np.array([-0.1])) == (-0.1, np.inf)
    assert judge(-0.1, np.inf) == "equal"


@pytest.mark.parametrize(
    ("mean", "verdict"), [(-0.02, "better"), (0.005, "equal"), (-0.01, "equal"), (0.02, "worse")]
)
def test_a_verdict_is_of_our_error_minus_theirs(mean, verdict):
    assert judge(mean, 0.01) == verdict


def test_the_table_pairs_the_seeds_that_both_have():
    found = fits(OURS, [0.02, 0.04, 0.9], [2.0, 1.0, 9.0])
    found += fits(PEER, [0.05, 0.05], [4.0, 6.0])[::-1]  # in whatever order they were made
    half = interval(np.array([-0.03, -0.01]))[1]
    line = table(found).splitlines()[2]
    assert line.startswith("| letter | 2 | 3.00 % | 5.00 % | ")
    assert f"| -2.00 ± {100 * half:.2f} | equal |" in line
    assert line.endswith("| 0.2500 | 0.2500 | - | - | 1.5 | 5.0 | 4.00x |")


def test_the_table_shows_who_ran_alone():
    header, rule, line = table(fits(PEER, [0.05, 0.07], [4.0, 6.0])).splitlines()
    assert line.startswith("| letter | 2 | - | 6.00 % | - | - |")
    assert header.count("|") == rule.count("|") == line.count("|")


def test_scores_are_scikit_learns():
    random = np.random.default_rng(0)
    proba = random.dirichlet([1, 1], 50)
    y = random.choice(["no", "yes"], 50)
    found = score(proba.astype(np.float32), np.array(["no", "yes"]), y)
    wrong = (proba[:, 1] > 0.5) != (y == "yes")
    assert found["error"] == wrong.mean()
    assert found["log_loss"] == pytest.approx(log_loss(y, proba, labels=["no", "yes"]))
    assert found["roc_auc"] == pytest.approx(roc_auc_score(y == "yes", proba[:, 1]))


def test_more_than_two_classes_have_no_area():
    assert score(np.eye(3), np.array(["a", "b", "c"]), np.array(["a", "b", "a"]))["roc_auc"] is None


@pytest.fixture
def folder(tmp_path):
    meta = {"target_column": "y", "categorical_columns": ["code"], "drop_columns": ["id"]}
    (tmp_path / "meta.json").write_text(json.dumps(meta))
    return tmp_path


def write(path, cells):
    pd.DataFrame(cells).to_csv(path, index=False)


def test_columns_are_read_as_the_data_say(folder):
    cells = {"id": [1, 2], "x": [0.5, None], "code": ["07", "NA"], "y": [0, 1]}
    write(folder / "train.csv.gz", cells)
    write(folder / "test.csv.gz", {**cells, "code": ["", "07"]})
    X, X_test, y, y_test = split(folder, seed=0)
    assert list(X.columns) == ["x", "code"]
    assert list(X["code"]) == ["07", "NA"]
    assert X["code"].dtype == "category"
    assert list(X_test["code"].isna()) == [True, False]
    assert list(y) == list(y_test) == ["0", "1"]


def test_where_no_test_rows_are_published_a_seed_draws_a_stratified_fifth(folder):
    write(folder / "table.csv.gz", {"id": range(50), "x": range(50), "code": "a", "y": [0, 1] * 25})
    X, X_test, _, _ = split(folder, seed=1)
    assert sorted([*X["x"], *X_test["x"]]) == list(range(50))
    assert all(sorted(split(folder, seed)[3]) == ["0"] * 5 + ["1"] * 5 for seed in range(5))
    assert list(split(folder, seed=1)[1]["x"]) == list(X_test["x"])
    assert list(split(folder, seed=2)[1]["x"]) != list(X_test["x"])


def test_contenders_take_turns_and_no_fit_is_made_twice():
    there = fits(PEER, [0.05], [4.0])
    assert list(missing(there, (OURS, PEER), ("letter",), 2)) == [
        (OURS, "letter", 0),
        (OURS, "letter", 1),
        (PEER, "letter", 1),
    ]


def test_fresh_forgets_what_is_asked_for_only(tmp_path, monkeypatch):
    results = tmp_path / "tabular.json"
    results.write_text(json.dumps(fits(OURS, [0.1], [1.0]) + fits(PEER, [0.05], [4.0])))
    monkeypatch.setattr(tabular, "RESULTS", results)
    asked = ["--contender", OURS, "--data", "letter", "--seeds", "0", "--fresh"]
    done = CliRunner().invoke(tabular.main, asked)
    assert done.exit_code == 0, done.output
    assert "| letter | 1 | - | 5.00 % |" in done.output


def test_the_peer_sees_a_median_and_a_flag_for_a_missing_number():
    pytest.importorskip("pytabkit", reason="pip install '.[bench]'")
    peer = tabular.RealMLP(seed=0, threads=1)
    peer._medians, peer._flagged = pd.Series({"x": 2.0, "z": 5.0}), ["x"]
    X = pd.DataFrame({"x": [np.nan, 1.0], "z": [np.nan, 4.0], "c": pd.Categorical([None, "a"])})
    filled = peer._filled(X)
    assert filled[["x", "z", "missing x"]].to_numpy().tolist() == [[2, 5, 1], [1, 4, 0]]
    assert list(filled["c"].isna()) == [True, False]
