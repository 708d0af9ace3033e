"""Fault 25: columns between 1e-30 and 1e30, and far from zero, train as they would near one."""

import numpy as np
import pytest

from deltarule import TabularClassifier

N = 200
RNG = np.random.default_rng(0)
LABEL = np.arange(N) % 2
COLUMNS = RNG.normal(np.outer(LABEL, [1.5, 0.5, 0]), 1)


def fit(columns):
    table = {f"c{j}": column for j, column in enumerate(columns.T)}
    model = TabularClassifier(max_iter=16, random_state=0).fit(table, LABEL)
    return model.predict_proba(table), model.score(table, LABEL)


@pytest.fixture(scope="module")
def unscaled():
    return fit(COLUMNS)


@pytest.mark.parametrize("powers", [(-40, 0, 40), (40, -40, 0), (-100, 100, 100)], ids=str)
def test_powers_of_two_change_no_bit(unscaled, powers):
    p, accuracy = fit(COLUMNS * 2.0 ** np.array(powers))
    assert (p == unscaled[0]).all()
    assert accuracy == unscaled[1] > 0.7


@pytest.mark.parametrize("powers", [(-12, 0, 12), (12, -12, 6), (-30, 30, -30)], ids=str)
def test_powers_of_ten_change_no_accuracy(unscaled, powers):
    _, accuracy = fit(COLUMNS * 10.0 ** np.array(powers))
    assert abs(accuracy - unscaled[1]) <= 0.01


def test_what_float32_would_round_away_is_kept(unscaled):
    """Scaled in float64: seconds since 1970, say, of which float32 keeps two minutes."""
    _, accuracy = fit(COLUMNS + 1.7e9)
    assert abs(accuracy - unscaled[1]) <= 0.01


def test_one_cell_far_away_spoils_nothing(unscaled):
    columns = COLUMNS.copy()
    columns[0, 2] = 1e38
    _, accuracy = fit(columns)
    assert abs(accuracy - unscaled[1]) <= 0.05


def test_on_the_command_line(tmp_path, train):
    def accuracy(scale):
        columns = (COLUMNS * scale).tolist()
        rows = [f"{x!r},{z!r},{'ab'[i % 2]}" for i, (x, z, _) in enumerate(columns)]
        (tmp_path / "table.csv").write_text("\n".join(["x,z,label", *rows]) + "\n")
        summary, warned = train("table.csv", max_iter=16)
        assert not warned
        assert summary["columns"] == {"x": "numeric", "z": "numeric"}
        return summary["evaluation"]["accuracy"]

    assert accuracy([1e-12, 1e12, 1]) == accuracy([1, 1, 1]) > 0.6
