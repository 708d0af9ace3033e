"""Who is compared: each with its own defaults, a number of threads and a seed.

Tables come with missing numbers as NaN and with categorical columns. Whoever handles them is left
to it; for the others they are prepared as their users would, inside the time of their fit.
"""

import ast
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd

OURS = "deltarule"


class Classifier(Protocol):
    """What a contender does: scikit-learn's contract, as far as it is used here."""

    classes_: np.ndarray

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Any:
        """Learn."""

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class."""


@dataclass(frozen=True)
class Contender:
    """How one is made, given a seed and a number of threads.

    ``modules`` are imported before the clock starts, and their versions are recorded.
    """

    title: str
    modules: tuple[str, ...]
    build: Callable[[int, int], Classifier]


def ours(seed: int, threads: int, **settings: Any) -> Classifier:
    """Return TabularClassifier, with nothing set unless the comparison asks for it."""
    from deltarule import TabularClassifier

    return TabularClassifier(random_state=seed, n_threads=threads, **settings)


def scaled_and_one_hot(model: Classifier) -> Classifier:
    """Put in front what linear models and networks need: no holes, one scale, no categories."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (one_hot, make_column_selector(dtype_include="category")),
    )
    return make_pipeline(columns, model)


def scikit_mlp(seed: int, threads: int) -> Classifier:
    """Return scikit-learn's network; its BLAS reads the number of threads."""
    from sklearn.neural_network import MLPClassifier

    return scaled_and_one_hot(MLPClassifier(random_state=seed))


def logistic(seed: int, threads: int) -> Classifier:
    """Return logistic regression with steps enough to converge."""
    from sklearn.linear_model import LogisticRegression

    return scaled_and_one_hot(LogisticRegression(max_iter=1000, random_state=seed))


def hist_gb(seed: int, threads: int) -> Classifier:
    """Return scikit-learn's boosted trees, which read categories from the types of columns."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed)


def lightgbm(seed: int, threads: int) -> Classifier:
    """Return LightGBM, which reads categories from the types of columns."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(random_state=seed, n_jobs=threads, verbosity=-1)


def xgboost(seed: int, threads: int) -> Classifier:
    """Return XGBoost, told to read categories from the types of columns."""
    from xgboost import XGBClassifier

    return XGBClassifier(random_state=seed, n_jobs=threads, enable_categorical=True)


class CatBoost:
    """CatBoost, told which columns are categorical; to it a missing category is one more."""

    def __init__(self, seed: int, threads: int) -> None:
        from catboost import CatBoostClassifier

        quiet = {"verbose": False, "allow_writing_files": False}
        self._model = CatBoostClassifier(random_seed=seed, thread_count=threads, **quiet)

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Note which columns are categorical, then train."""
        self._categorical = list(X.select_dtypes("category").columns)
        self._model.fit(self._named(X), y, cat_features=self._categorical)
        self.classes_ = self._model.classes_

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class."""
        return self._model.predict_proba(self._named(X))

    def _named(self, X: pd.DataFrame) -> pd.DataFrame:
        named = {name: X[name].astype(object).fillna("(missing)") for name in self._categorical}
        return X.assign(**named)


class Pytabkit:
    """A network of pytabkit, which refuses missing numbers: they become medians."""

    def __init__(self, estimator: str, seed: int, threads: int) -> None:
        import pytabkit

        logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
        make = getattr(pytabkit, estimator)
        self._model = make(device="cpu", n_threads=threads, random_state=seed)

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Learn the medians, then train."""
        self._medians = X.select_dtypes("number").median().to_dict()
        self._model.fit(X.fillna(self._medians), y)
        self.classes_ = self._model.classes_

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return the probability of each class."""
        return self._model.predict_proba(X.fillna(self._medians))


SCIKIT = ("sklearn",)
PYTABKIT = ("pytabkit", "torch", "pytorch_lightning")
CONTENDERS: dict[str, Contender] = {
    OURS: Contender("deltarule", ("deltarule",), ours),
    "sklearn-mlp": Contender("MLPClassifier", SCIKIT, scikit_mlp),
    "logistic": Contender("LogisticRegression", SCIKIT, logistic),
    "hist-gb": Contender("HistGradientBoosting", SCIKIT, hist_gb),
    "lightgbm": Contender("LightGBM", ("lightgbm",), lightgbm),
    "xgboost": Contender("XGBoost", ("xgboost",), xgboost),
    "catboost": Contender("CatBoost", ("catboost",), CatBoost),
    "realmlp-td-s": Contender(
        "RealMLP-TD-S", PYTABKIT, partial(Pytabkit, "RealMLP_TD_S_Classifier")
    ),
    "realmlp-td": Contender("RealMLP-TD", PYTABKIT, partial(Pytabkit, "RealMLP_TD_Classifier")),
    "tabm": Contender("TabM", PYTABKIT, partial(Pytabkit, "TabM_D_Classifier")),
}
DEFAULT = tuple(name for name in CONTENDERS if name != "tabm")  # which takes as long as all others


def title(name: str) -> str:
    """Return what tables call a contender."""
    return CONTENDERS[name].title if name in CONTENDERS else name


def find(name: str) -> Contender:
    """Return the contender of a name; of ours, settings may follow: "deltarule:preset=td-s,...".

    Raises
    ------
    ValueError
        If nobody has that name, or a setting is none of ``TabularClassifier``.
    """
    base, _, written = name.partition(":")
    if base not in CONTENDERS or (written and base != OURS):
        names = ", ".join(CONTENDERS)
        raise ValueError(
            f"no contender is called {name!r}: there are {names}, and {OURS}:SETTING=VALUE,..."
        )
    contender = CONTENDERS[base]
    if not written:
        return contender
    settings = dict(setting(part) for part in written.split(","))
    return Contender(name, contender.modules, partial(ours, **settings))


def setting(written: str) -> tuple[str, Any]:
    """Read "name=value", where the value is a Python literal or text."""
    from deltarule import TabularClassifier

    name, _, value = written.partition("=")
    known = list(inspect.signature(TabularClassifier).parameters)
    if name not in known:
        raise ValueError(
            f"{written!r} sets nothing: TabularClassifier's settings are {', '.join(known)}"
        )
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value
