"""Does an exported model say what the model says? It is run, and compared."""

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deltarule.classifier import MLPClassifier
from deltarule.errors import DataError, ExportError
from deltarule.export.feeding import onnx_inputs
from deltarule.export.model import Model, output_names, saved_of
from deltarule.export.samples import sample_rows

if TYPE_CHECKING:
    from onnx import ModelProto

BOUND = 1e-5  # of a difference between two probabilities


@dataclass(frozen=True)
class Agreement:
    """How an exported model compares with the model.

    Attributes
    ----------
    rows : int
        On how many.
    difference : float
        The largest, between two probabilities.
    runtime : str
        What it was run by.
    """

    rows: int
    difference: float
    runtime: str


def check(model: Model, proto: "ModelProto", X: Any = None, bound: float = BOUND) -> Agreement:
    """Run an exported model, and compare it with the model.

    Parameters
    ----------
    model : MLPClassifier or TabularClassifier
    proto : onnx.ModelProto
    X : array or table, optional
        Rows to try it on; without them made-up ones, with missing and unknown cells.
    bound : float
        The largest difference between two probabilities that may be.

    Raises
    ------
    ExportError
        If the file is no valid ONNX, or says something else than the model: a probability beyond
        the bound, or another label where that is no matter of the last digits.
    """
    import onnx

    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        raise ExportError(f"The model is no valid ONNX: {error}") from error
    with warnings.catch_warnings():
        if X is not None and not _count(X):
            raise DataError("There are no rows to try the exported model on. Give it some.")
        if X is None:
            warnings.simplefilter("ignore")  # made-up rows may lack names
            X = sample_rows(saved_of(model))
        fed = onnx_inputs(model, X)
        labels, told, runtime = run(proto, fed)
        expected, p = _said(model, X)
    difference = float(np.abs(told.astype(np.float64) - p).max(initial=0.0))
    if not difference <= bound:  # NaN, too
        raise ExportError(
            f"The exported model's probabilities differ from the model's by up to {difference:.1e} "
            f"on {len(p)} rows, more than {bound:.0e}. If rows of yours differ as much, scale the "
            "columns; else please report it."
        )
    differ = labels != expected
    wrong = (differ.any(axis=1) if differ.ndim == 2 else differ) & (_margins(model, p) > 2 * bound)
    if wrong.any():
        raise ExportError(
            f"The exported model gives {int(wrong.sum())} of {len(p)} rows another label than the "
            "model. Please report it."
        )
    return Agreement(len(p), difference, runtime)


def run(
    proto: "ModelProto", fed: dict[str, NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Return labels and probabilities, and what has computed them: onnxruntime, if it is there."""
    names = list(output_names(fed))
    if find_spec("onnxruntime") is None:
        from onnx.reference import ReferenceEvaluator

        told: Any = ReferenceEvaluator(proto).run(names, fed)
        return told[0], told[1], "onnx.reference"
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(
            proto.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        labels, p = session.run(names, fed)
    except Exception as error:  # it has exceptions of its own, of no common kind
        raise ExportError(
            f"onnxruntime {onnxruntime.__version__} does not run the exported model: {error}. "
            "A newer one may."
        ) from error
    return labels, p, "onnxruntime"


def _count(X: Any) -> int:
    """Return how many rows there are, as far as that is known."""
    shape = getattr(X, "shape", None)
    if shape is not None:
        return int(shape[0])
    return len(next(iter(X.values()), ())) if isinstance(X, dict) else 1


def _said(model: Model, X: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return labels and probabilities of the model itself, which warns of nothing here."""
    if isinstance(model, MLPClassifier):
        return model.predict(X), model.predict_proba(X)
    said = model.predictions_of(model.encode_counting(X, {}))
    return said.labels, said.probabilities


def _margins(model: Model, p: NDArray[Any]) -> NDArray[np.float64]:
    """Return how far each row is from another decision, (n,)."""
    threshold = getattr(model, "threshold_", None)
    if threshold is not None:
        return np.abs(p[:, 1].astype(np.float64) - threshold)
    if saved_of(model).loss.name == "sigmoid":
        return np.abs(p.astype(np.float64) - 0.5).min(axis=1)
    ordered = np.sort(p.astype(np.float64), axis=1)
    return ordered[:, -1] - ordered[:, -2] if p.shape[1] > 1 else ordered[:, -1]
