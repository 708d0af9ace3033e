"""The table of docs/differences.md is true: each row has its test here, and each test its row."""

import copy
import pickle
import re
import signal
import threading
import warnings
from contextlib import redirect_stdout
from inspect import signature
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, issparse
from sklearn.neural_network import MLPClassifier as Theirs

from deltarule import MLPClassifier as Ours
from deltarule import load_model
from deltarule.errors import DataError, DivergenceError, SettingError

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
DOC = Path(__file__).parents[2] / "docs" / "differences.md"

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])


def both(**settings):
    settings = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0, **settings}
    return Ours(**settings), Theirs(**settings)


def test_every_row_has_its_test_and_every_test_its_row():
    text = DOC.read_text(encoding="utf-8")
    rows = re.findall(r"\| `(\w+)` \|$", text, re.M)
    tests = [name.removeprefix("test_") for name in globals() if name.startswith("test_")]
    assert sorted(rows) == sorted(set(tests) - {OF_THE_TABLE, OF_THE_LIST})
    assert len(set(rows)) == len(rows)


def test_what_only_deltarule_has_is_listed():
    _, listed = DOC.read_text(encoding="utf-8").split("## What only deltarule has")
    parameters = signature(Ours).parameters.keys() - signature(Theirs).parameters.keys()
    of_fit = signature(Ours.fit).parameters.keys() - signature(Theirs.fit).parameters.keys()
    methods = {n for n in dir(Ours) if not n.startswith("_")} - set(dir(Theirs))
    methods = {n for n in methods if not n.endswith("_") and "request" not in n}
    names = set(re.findall(r"`(\w+)`", listed))
    assert parameters | of_fit | methods <= names
    assert names <= parameters | of_fit | methods | {"activation", "fit", "history_"}


OF_THE_TABLE = "every_row_has_its_test_and_every_test_its_row"
OF_THE_LIST = "what_only_deltarule_has_is_listed"


def test_draws():
    ours, theirs = both()
    ours.fit(X, Y), theirs.fit(X, Y)
    assert not np.allclose(ours.coefs_[0], theirs.coefs_[0])
    wide = [m.set_params(hidden_layer_sizes=(500,), max_iter=1).fit(X, Y) for m in (ours, theirs)]
    spread = [m.coefs_[0].std() for m in wide]
    assert spread[0] == pytest.approx(spread[1], rel=0.1)


def test_threads():
    one, three = (Ours((300,), n_threads=n, max_iter=2, random_state=0) for n in (1, 3))
    assert one.fit(X, Y).coefs_[0].tobytes() == three.fit(X, Y).coefs_[0].tobytes()


def test_views():
    ours, theirs = both()
    theirs.fit(X, Y)
    theirs.coefs_ = [np.zeros_like(W) for W in theirs.coefs_]
    ours.fit(X, Y)
    ours.coefs_ = [np.zeros_like(W) for W in ours.coefs_]
    assert len(set(ours.predict_proba(X)[:, 0].tolist())) == 1
    with pytest.raises(
        SettingError, match=r"have the shapes \[\(4, 5\), \(5, 1\)\]; got \[\(5, 1\)\]"
    ):
        ours.coefs_ = ours.coefs_[1:]
    theirs.coefs_ = []
    assert not ours.coefs_[0].flags.owndata


def test_warm_start():
    for model, same in zip(both(warm_start=True, shuffle=False), (True, False), strict=True):
        whole = copy.deepcopy(model).set_params(max_iter=6).fit(X, Y)
        halves = model.fit(X, Y).fit(X, Y)
        assert np.array_equal(whole.coefs_[0], halves.coefs_[0]) == same


def test_other_layers():
    ours, theirs = both(warm_start=True)
    ours.fit(X, Y), theirs.fit(X, Y)
    with pytest.raises(SettingError, match="keeps its layers"):
        ours.set_params(hidden_layer_sizes=(6,)).fit(X, Y)
    assert theirs.set_params(hidden_layer_sizes=(6,)).fit(X, Y).coefs_[0].shape == (4, 5)
    with pytest.raises(AttributeError):
        theirs.set_params(hidden_layer_sizes=(6, 4)).fit(X, Y)


def test_failed_fit():
    for model, kept in zip(both(), (True, False), strict=True):
        model.fit(X, Y)
        with pytest.raises(ValueError, match="Unknown label type"):
            model.fit(X[:, :3], Y + 0.5)
        assert (model.n_features_in_ == 4) == kept


def test_divergence():
    ours, theirs = both(solver="sgd", learning_rate_init=1e200, activation="identity")
    with pytest.raises(DivergenceError, match="Lower learning_rate_init"):
        ours.fit(X, Y)
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        theirs.fit(X, Y)


def held_out(model, y):
    """Return the classes of the rows that are held out, over ten seeds."""
    counts = []
    for seed in range(10):
        seen = []
        model = copy.deepcopy(model).set_params(random_state=seed, early_stopping=True, max_iter=1)
        if isinstance(model, Ours):
            model.set_params(scoring=lambda m, X, y, seen=seen: seen.append(y) or 0.5)
        else:
            original = model._score
            model._score = lambda X, y, sample_weight=None, seen=seen, f=original: (
                seen.append(y) or f(X, y)
            )
        model.fit(X, y)
        counts.append(tuple(np.bincount(seen[-1], minlength=3)))
    return counts


def test_stratified():
    y = np.arange(60) % 3
    ours, theirs = both()
    assert set(held_out(ours, y)) == {(2, 2, 2)}
    assert len(set(held_out(theirs, y))) > 1


def test_lone_row():
    ours, theirs = both(early_stopping=True)
    y = np.arange(60) == 5
    with pytest.warns(UserWarning, match="single row"):
        ours.fit(X, y)
    with pytest.raises(ValueError, match="least populated class"):
        theirs.fit(X, y)


def test_nan_score():
    ours, theirs = both(early_stopping=True, max_iter=30, n_iter_no_change=2)
    scores = iter([0.5] * 3)
    ours.set_params(scoring=lambda model, X, y: next(scores, np.nan))
    theirs._score = lambda X, y, sample_weight=None: np.nan
    assert ours.fit(X, Y).n_iter_ < 30
    assert theirs.fit(X, Y).n_iter_ == 30


def test_lbfgs_curve():
    ours, theirs = both(solver="lbfgs")
    assert len(ours.fit(X, Y).loss_curve_) == 3
    assert ours.best_loss_ == min(ours.loss_curve_)
    assert not hasattr(theirs.fit(X, Y), "loss_curve_")


def test_no_rows():
    ours, theirs = both()
    assert ours.fit(X, THREE).predict_proba(X[:0]).shape == (0, 3)
    with pytest.raises(ValueError, match="0 sample"):
        theirs.fit(X, THREE).predict_proba(X[:0])


def test_log_proba():
    for model, finite in zip(both(), (True, False), strict=True):
        model.fit(X, THREE)
        model.coefs_[-1][:] *= 1e6
        assert np.isfinite(model.predict_log_proba(X)).all() == finite


def test_overflow():
    ours, theirs = both(activation="identity")
    rows = np.full((1, 4), 1e308) * [1, -1, 1, -1]
    for model in (ours, theirs):
        model.fit(X, THREE)
        model.coefs_[0][:] = 10 * np.sign(model.coefs_[0])
        model.coefs_[1][:] *= 10
    with pytest.raises(DataError, match="Row 0 overflows"):
        ours.predict_proba(rows)
    assert np.isnan(theirs.predict_proba(rows)).any()


def test_nan():
    spoilt = X.copy()
    spoilt[3, 2] = np.nan
    ours, theirs = both()
    with pytest.raises(ValueError, match=r"Input X contains NaN: in row 3, column 2, the only"):
        ours.fit(spoilt, Y)
    with pytest.raises(ValueError, match=r"Input X contains NaN\.") as caught:
        theirs.fit(spoilt, Y)
    assert "row 3" not in str(caught.value)


def test_multi_output():
    ours, theirs = both()
    y = np.column_stack([Y, THREE])
    with pytest.raises(DataError, match="fit one classifier a column"):
        ours.fit(X, y)
    with pytest.raises(ValueError, match=r"[Mm]ultioutput|multi"):
        theirs.fit(X, y)


def test_small_types():
    small = np.clip(20 * X + 100, 0, 255).astype(np.uint8)
    ours, theirs = both()
    assert ours.fit(small, Y).coefs_[0].dtype == theirs.fit(small, Y).coefs_[0].dtype == np.float64
    seen = []
    ours.set_params(scoring=lambda m, X, y: seen.append(X.dtype) or 0.5, early_stopping=True)
    ours.fit(small, Y)
    assert set(seen) == {np.dtype(np.uint8)}


def test_fractions():
    ours, theirs = both()
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        ours.fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"Unknown label type: \(array"):
        theirs.fit(X, X[:, 0])


def test_ctrl_c():
    """Before the first epoch is whole there is nothing to keep."""
    ours, theirs = both(max_iter=10**6, n_iter_no_change=np.inf)
    for model in (ours, theirs):
        timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.warns(UserWarning, match="Training interrupted by user"):
            model.fit(X, Y)
        timer.join()
        assert model.n_iter_ < 10**6
    first = Ours((5,), scoring=raise_ctrl_c, early_stopping=True)
    with pytest.raises(KeyboardInterrupt):
        first.fit(X, Y)


def raise_ctrl_c(model, X, y):
    raise KeyboardInterrupt


def test_object_labels():
    labels = np.array(["no", "yes"], dtype=object)
    for model, kept in zip(both(), (True, False), strict=True):
        model.fit(X, labels[Y])
        assert (model.classes_.dtype == object) == kept
        assert (model.predict(X).dtype == object) == kept


def test_sparse_labels():
    labels = csr_matrix(np.c_[Y, 1 - Y])
    ours, theirs = both()
    assert isinstance(ours.fit(X, labels).predict(X), np.ndarray)
    assert issparse(theirs.fit(X, labels).predict(X))


def test_one_class():
    for model, columns in zip(both(), (1, 2), strict=True):
        model.fit(X, np.zeros(len(X)))
        assert len(model.classes_) == 1
        assert model.predict_proba(X).shape == (len(X), columns)


def test_warm_dtype():
    ours, theirs = both(warm_start=True)
    ours.fit(X, Y), theirs.fit(X, Y)
    with pytest.raises(SettingError, match="keeps its dtype, float64"):
        ours.set_params(dtype="float32").fit(X, Y)
    assert ours.set_params(dtype="float64").fit(X, Y).coefs_[0].dtype == np.float64
    assert theirs.fit(X.astype(np.float32), Y).coefs_[0].dtype == np.float64


def test_verbose_lbfgs():
    ours, _ = both(solver="lbfgs", verbose=True)
    with redirect_stdout(StringIO()) as out:
        ours.fit(X, Y)
    assert [line.split(",")[0] for line in out.getvalue().splitlines()] == [
        f"Iteration {i}" for i in (1, 2, 3)
    ]


def test_pickles(tmp_path):
    for model in both():
        model.fit(X, Y)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    ours, _ = both()
    ours.fit(X, Y).save(tmp_path / "model.deltarule")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = load_model(tmp_path / "model.deltarule")
    assert again.predict_proba(X).tobytes() == ours.predict_proba(X).tobytes()
