"""A graph that is being built, as something that runs."""

import numpy as np
from onnx import TensorProto, helper
from onnxruntime import InferenceSession

from deltarule.export.graph import IR, ML, ML_OPSET, OPSET


def session_of(graph, inputs, output, dtype):
    """Run a graph, up to one of its values.

    Parameters
    ----------
    graph : Graph
    inputs : dict from name to (dtype, width)
    output : str
        The value.
    dtype
        Its type.
    """
    described = [described_as(name, kind, width) for name, (kind, width) in inputs.items()]
    made = helper.make_graph(
        graph.nodes, "test", described, [described_as(output, dtype, None)], graph.constants
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
    proto = helper.make_model(made, opset_imports=opsets, ir_version=IR)
    return InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])


def described_as(name, dtype, width):
    dtype = np.dtype(dtype)
    is_text = dtype.kind == "U"
    kind = TensorProto.STRING if is_text else helper.np_dtype_to_tensor_dtype(dtype)
    return helper.make_tensor_value_info(name, kind, ["rows", width])
