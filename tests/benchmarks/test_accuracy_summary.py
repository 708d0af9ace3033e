"""From hand-made records to means, ranks, ratios, verdicts and tables."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from benchmarks.accuracy import summary
from benchmarks.accuracy.metrics import MEASURES
from benchmarks.accuracy.records import Record, append
from benchmarks.accuracy.standings import grid, interval, judge, standings
from benchmarks.tables import BEGIN, END

OURS = "deltarule"


def fits(data, contender, errors, fit_seconds=1.0):
    """Return a record a seed; every other measure is a number that is easy to find."""
    rest = dict.fromkeys(MEASURES, 0.25) | {"fit_seconds": fit_seconds, "predict_seconds": 0.5}
    return [
        Record(data, "test", seed, contender, 2, 70, 30, rest | {"error": error}, {"numpy": "2"})
        for seed, error in enumerate(errors)
    ]


@pytest.fixture
def records():
    """Return three data sets by ours, two peers; ours is better, equal and worse than xgboost."""
    return [
        *fits("iris", OURS, [0.10, 0.12]),
        *fits("iris", "xgboost", [0.20, 0.22], fit_seconds=3.0),
        *fits("iris", "logistic", [0.10, 0.12]),
        *fits("wine", OURS, [0.10, 0.30]),
        *fits("wine", "xgboost", [0.25, 0.14], fit_seconds=3.0),
        *fits("wine", "logistic", [0.40, 0.40]),
        *fits("digits", OURS, [0.5, 0.5]),
        *fits("digits", "xgboost", [0.0, 0.0], fit_seconds=3.0),
        *fits("digits", "logistic", [0.6, 0.6]),
    ]


def test_standings_are_means_ranks_and_ratios(records):
    found = standings(grid(records, "error"), OURS, dict.fromkeys(["iris", "wine", "digits"], 30))
    assert found[OURS].mean == pytest.approx((0.11 + 0.20 + 0.5) / 3)
    assert [found[name].rank for name in (OURS, "xgboost", "logistic")] == pytest.approx(
        [(1.5 + 2 + 2) / 3, (3 + 1 + 1) / 3, (1.5 + 3 + 3) / 3]
    )
    r = 0.5 / 30
    ratios = [(0.21 + r) / (0.11 + r), (0.195 + r) / (0.20 + r), r / (0.5 + r)]
    assert found["xgboost"].ratio == pytest.approx(np.prod(ratios) ** (1 / 3))
    expected = ttest_1samp(np.log(ratios), 0).confidence_interval(0.95)
    assert (found["xgboost"].low, found["xgboost"].high) == pytest.approx(np.exp(expected))
    assert (found[OURS].low, found[OURS].ratio, found[OURS].high) == (1, 1, 1)


def test_wins_and_losses_are_ours(records):
    found = standings(grid(records, "error"), OURS, dict.fromkeys(["iris", "wine", "digits"], 30))
    assert (found["xgboost"].wins, found["xgboost"].ties, found["xgboost"].losses) == (1, 1, 1)
    assert (found["logistic"].wins, found["logistic"].ties, found["logistic"].losses) == (1, 2, 0)


def test_the_interval_is_that_of_a_paired_t_test():
    random = np.random.default_rng(0)
    a, b = random.random(5), random.random(5)
    mean, half = interval(a - b)
    expected = ttest_rel(a, b).confidence_interval(0.95)
    assert (mean - half, mean + half) == pytest.approx((expected.low, expected.high))


def test_one_seed_has_no_interval_and_no_verdict():
    assert interval(np.array([-0.1])) == (-0.1, np.inf)
    assert judge(-0.1, np.inf) == "equal"


@pytest.mark.parametrize(
    ("mean", "verdict"), [(-0.02, "better"), (0.005, "equal"), (0.0, "equal"), (0.02, "worse")]
)
def test_a_verdict_is_of_our_loss_minus_theirs(mean, verdict):
    assert judge(mean, 0.0 if mean == 0 else 0.01) == verdict


def test_only_seeds_that_all_have_are_compared(records):
    """A run that is under way compares like with like."""
    records += fits("iris", OURS, [0.1, 0.1, 0.9])
    assert list(grid(records, "error").loc["iris"].index) == [0, 1]


def test_a_data_set_that_someone_failed_on_is_not_in_the_standings(records):
    records = [r for r in records if (r.data, r.contender) != ("digits", "logistic")]
    records += [Record("digits", "test", 0, "logistic", 2, failure="took longer than 5 s")]
    found = standings(grid(records, "error"), OURS, {"iris": 30, "wine": 30})
    assert found[OURS].mean == pytest.approx((0.11 + 0.20) / 2)
    said = summary.summary(records)
    assert said.startswith("2 data sets.\nNot in what is taken over data sets: digits.\n")
    assert "LogisticRegression on digits, seed 0: took longer than 5 s." in said
    assert "| digits | 2 | 50.00 ± 0.00 | **0.00** ± 0.00 | - |" in said


def test_the_tables_say_what_was_measured(records):
    lines = summary.summary(records).splitlines()
    assert any(
        re.fullmatch(
            r"\| XGBoost \| 13.50 \| 1.67 \| 0.383 \([\d.]+-[\d.]+\) \| 1 / 1 / 1 \|", line
        )
        for line in lines
    )
    assert "| deltarule | 27.00 | 1.83 | 1 | - |" in lines
    assert "| XGBoost | 25.00 | 25.00 | 0.2500 | 9 | 3.00x | 1.5 |" in lines
    assert "Threads: 2. numpy 2." in lines
    for measure in ("error, %", "log loss"):
        assert f"| {measure} | seeds | deltarule | XGBoost | LogisticRegression |" in lines
    assert all(a.count("|") == b.count("|") for a, b in pairwise(lines) if a and b)


def test_seconds_are_those_of_the_seeds_that_are_timed(records):
    records = [r for r in records if r.contender != "xgboost"]
    for data in ("iris", "wine", "digits"):
        records += [
            replace(r, seed=seed)
            for seed, seconds in enumerate((3.0, 7.0))
            for r in fits(data, "xgboost", [0.2], fit_seconds=seconds)
        ]
    lines = summary.summary(records, timed=[1]).splitlines()
    assert any(line.endswith("| 21 | 7.00x | 1.5 |") for line in lines)
    lines = summary.summary(records).splitlines()
    assert any(line.endswith("| 15 | 5.00x | 1.5 |") for line in lines)


def test_the_best_of_a_data_set_is_bold(records):
    half = interval(np.array([0.10, 0.12]))[1]
    row = next(line for line in summary.summary(records).splitlines() if line.startswith("| iris"))
    assert row.startswith(f"| iris | 2 | **11.00** ± {100 * half:.2f} | 21.00 ± ")


def test_the_command_chooses_a_role_and_whom_to_compare_with(records, tmp_path, capsys):
    file = tmp_path / "records.jsonl"
    for record in [*records, *fits("titanic", OURS, [0.2])]:
        append(file, record)
    summary.main([str(file), "--role", "reported", "--base", "xgboost"])
    said = capsys.readouterr().out
    assert "titanic" not in said
    assert "XGBoost better / equal / worse" in said
    with pytest.raises(SystemExit, match=r"has no fit of catboost: --base names another"):
        summary.main([str(file), "--base", "catboost"])


def test_they_are_written_into_a_page_with_a_picture_beside(records, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    file, page = tmp_path / "records.jsonl", tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for record in records:
        append(file, record)
    summary.main([str(file), "--write", str(page)])
    said = capsys.readouterr().out.strip()
    assert page.read_text() == f"before\n{BEGIN}\n{said}\n{END}\nafter\n"
    drawn = (tmp_path / "page.svg").read_text()
    assert all(name in drawn for name in ("deltarule", "XGBoost", "LogisticRegression"))
    summary.main([str(file), "--write", str(page)])
    assert (tmp_path / "page.svg").read_text() == drawn, "the same numbers, the same file"
