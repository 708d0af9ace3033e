"""Exported models, run by onnxruntime and by onnx itself."""

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from deltarule.export import convert, onnx_inputs
from deltarule.export.checking import run
from deltarule.export.model import output_names

BOUND = 1e-5


@pytest.fixture
def compare():
    """Compare an exported model with the model, by both runtimes; return what it is fed with."""

    def compare_on(model, X, bound=BOUND):
        proto, fed = convert(model), onnx_inputs(model, X)
        expected, p = model.predict(X), model.predict_proba(X)
        reference = ReferenceEvaluator(proto).run(list(output_names(fed)), fed)
        for labels, told in (run(proto, fed)[:2], reference):
            assert told.dtype == p.dtype
            np.testing.assert_allclose(told, p, rtol=0, atol=bound)
            assert labels.tolist() == expected.tolist()
        return fed

    return compare_on
