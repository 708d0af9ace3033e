"""Looking on while an estimator is fitted, by scikit-learn's own mechanism: ``set_callbacks``.

>>> from deltarule import MLPClassifier
>>> from deltarule.callbacks import EarlyStopping
>>> from sklearn.datasets import load_iris
>>> X, y = load_iris(return_X_y=True)
>>> model = MLPClassifier(random_state=0).set_callbacks(EarlyStopping("loss", patience=3, tol=0.1))
>>> model.fit(X, y).n_iter_
5

Callbacks of scikit-learn's own, such as its ``ProgressBar`` and ``ScoringMonitor``, work too, and
so does any class that keeps to its protocol. What there is to know about them here:

- Each epoch (with "lbfgs", each iteration) is a subcontext of the fit, named "epoch". Its
  ``training`` attribute is the :class:`~deltarule.training.TrainingState`, to be read; only
  ``stopped``, the reason to end, may be set. Where several networks are trained side by side, its
  figures are means over them, and rows are counted together.
- A true value from an epoch's ``on_fit_task_end`` ends training.
- ``fitted_estimator`` is a copy with the weights of that very epoch, not the best ones so far.
- They are called in the order they were set in. One that raises keeps those after it from
  hearing of that epoch, so put logs first.

``base.py`` what a callback may be told; ``progress.py``, ``logs.py``, ``stopping.py`` and
``pruning.py`` those that come with deltarule; ``bridge.py`` from the training loop to them.
"""

from deltarule.callbacks.base import Callback
from deltarule.callbacks.logs import CsvLog, JsonLinesLog
from deltarule.callbacks.progress import Progress
from deltarule.callbacks.pruning import Pruning
from deltarule.callbacks.stopping import EarlyStopping

__all__ = [
    "Callback",
    "CsvLog",
    "EarlyStopping",
    "JsonLinesLog",
    "Progress",
    "Pruning",
]
