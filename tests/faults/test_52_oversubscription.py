"""Fault 52: GridSearchCV(n_jobs=2) x threads - no more threads than cores."""

from joblib import Parallel, cpu_count, delayed
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from deltarule import MLPClassifier
from deltarule.engines.threads import available_threads


def test_workers_share_the_cores():
    shares = Parallel(n_jobs=2)(delayed(available_threads)() for _ in range(4))
    assert set(shares) == {max(1, cpu_count() // 2)}


def test_the_environment_and_the_cores_bound_the_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert available_threads() == cpu_count()
    for said, allowed in (("1", 1), ("1,4", 1), ("999", cpu_count()), ("many", cpu_count())):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert available_threads() == allowed


def test_a_parallel_grid_search_finds_what_a_serial_one_finds():
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(max_iter=20, tol=1e9, n_iter_no_change=9, random_state=0)
    grid = {"alpha": [1e-4, 1.0], "hidden_layer_sizes": [(10,), (50, 20)]}

    def search(n_jobs):
        return GridSearchCV(model, grid, n_jobs=n_jobs, cv=3).fit(X, y).cv_results_

    serial, parallel = search(1), search(2)
    assert serial["mean_test_score"].tolist() == parallel["mean_test_score"].tolist()
