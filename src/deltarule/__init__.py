"""Fully connected neural networks that classify: fast, reproducible, inspectable.

>>> from deltarule import MLPClassifier
>>> from sklearn.datasets import load_iris
>>> X, y = load_iris(return_X_y=True)
>>> MLPClassifier(max_iter=500, random_state=0).fit(X, y).predict(X[:1])
array([0])
"""

import logging
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deltarule import callbacks, export, insight, network
    from deltarule.checkpoints import Checkpoint
    from deltarule.classifier import MLPClassifier
    from deltarule.tabular import TabularClassifier, load_model

__version__ = version("deltarule")

logging.getLogger(__name__).addHandler(logging.NullHandler())  # silent, unless someone listens

__all__ = [
    "Checkpoint",
    "MLPClassifier",
    "TabularClassifier",
    "__version__",
    "callbacks",
    "export",
    "insight",
    "load_model",
    "network",
]

_HOMES = {
    "Checkpoint": "deltarule.checkpoints",
    "MLPClassifier": "deltarule.classifier",
    "TabularClassifier": "deltarule.tabular",
    "load_model": "deltarule.tabular",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``deltarule --help`` stays quick."""
    if name in ("callbacks", "export", "insight", "network"):
        return import_module(f"deltarule.{name}")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'deltarule' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
