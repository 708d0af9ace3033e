"""Models for others to run: ONNX, with everything in it. Needs ``deltarule[onnx]``.

``model.py`` a whole model; ``columns.py`` from cells to numbers, with ``dates.py``; ``layers.py``
Algorithm 1; ``outcome.py`` from scores to labels; ``graph.py`` what they write into.
``checking.py`` runs what was made beside the model, on rows of ``samples.py`` or the user's;
``feeding.py`` turns tables into what a runtime wants; ``sklearn_onnx.py`` tells skl2onnx of us.
"""

from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from deltarule.export.checking import Agreement, check
from deltarule.export.feeding import onnx_inputs
from deltarule.export.model import Model, convert

if TYPE_CHECKING:
    from onnx import ModelProto

if find_spec("skl2onnx") is not None:
    from deltarule.export.sklearn_onnx import register

    with suppress(ImportError):  # it may not fit the onnx that is there; we need none of it
        register()

__all__ = ["Agreement", "check", "convert", "onnx_inputs", "to_onnx"]


def to_onnx(model: Model, X: Any = None) -> "ModelProto":
    """Return a fitted model as ONNX, preprocessing and all, after it has been run and compared.

    Parameters
    ----------
    model : MLPClassifier or TabularClassifier
    X : array or table, optional
        Rows to compare it on; without them made-up ones.

    Returns
    -------
    onnx.ModelProto
        Its inputs are those of :func:`onnx_inputs`; its outputs "label" (n,), or (n, l) of 0 and 1
        for multi-label, and "probabilities" (n, n_classes). Where a column has such a name, an
        underscore follows. ``metadata_props`` has the model's summary as JSON. Save it by
        ``onnx.save(proto, path)``.

    Raises
    ------
    ExportError
        If it does not say what the model says: see :func:`check`.
    MissingExtraError
        Without onnx. Without onnxruntime, which the extra has as well, onnx itself runs it.
    SettingError, sklearn.exceptions.NotFittedError
        For what is no fitted model of deltarule.

    Examples
    --------
    >>> from deltarule import MLPClassifier
    >>> from deltarule.export import to_onnx
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> proto = to_onnx(MLPClassifier(max_iter=500, random_state=0).fit(X, y))
    >>> [output.name for output in proto.graph.output]
    ['label', 'probabilities']
    """
    proto = convert(model)
    check(model, proto, X)
    return proto
