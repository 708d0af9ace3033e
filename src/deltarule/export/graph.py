"""An ONNX graph while it is being built: nodes, constants, and names that nobody else has."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

OPSET, ML_OPSET, IR = 20, 4, 10  # of onnx 1.17, and onnxruntime from 1.18 on
ML = "ai.onnx.ml"


class Graph:
    """Operators on values, each of which is known by its name.

    Parameters
    ----------
    taken : iterable of str
        Names of inputs and outputs: no other value has one of these.
    prefix : str
        What the names of all other values begin with.

    Attributes
    ----------
    nodes : list of onnx.NodeProto
        In an order in which they can be computed.
    constants : list of onnx.TensorProto
    """

    def __init__(self, taken: Iterable[str] = (), prefix: str = "") -> None:
        self._taken, self._prefix = set(taken), prefix
        self._count = 0
        self._known: dict[tuple[Any, ...], str] = {}
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(
        self,
        operator: str,
        *inputs: "str | NDArray[Any]",
        domain: str = "",
        output: str | None = None,
        **attributes: Any,
    ) -> str:
        """Apply an operator; return the name of what it makes.

        Parameters
        ----------
        operator : str
        *inputs : str or array
            Names of values, and constants.
        domain : str
            Of the operator.
        output : str, optional
            The name of what it makes, where that is an output of the graph.
        **attributes
            Of the operator.
        """
        from onnx import helper

        made = output or self.name(operator)
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        node = helper.make_node(operator, names, [made], made, domain=domain, **attributes)
        self.nodes.append(node)
        return made

    def constant(self, value: NDArray[Any]) -> str:
        """Return the name of a constant, one for all that are the same."""
        from onnx import numpy_helper

        is_text = value.dtype.kind in "OU"
        held = tuple(value.ravel()) if is_text else value.tobytes()
        key = (value.dtype.str, value.shape, held)
        if key not in self._known:
            name = self._known[key] = self.name("constant")
            array = np.array(value, object) if is_text else np.ascontiguousarray(value)
            self.constants.append(numpy_helper.from_array(array.reshape(value.shape), name))
        return self._known[key]

    def cast(self, name: str, dtype: Any, output: str | None = None) -> str:
        """Return a value in another type."""
        from onnx import helper

        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", name, to=kind, output=output)

    def columns(self, name: str, numbers: Sequence[int]) -> str:
        """Return some columns of a matrix."""
        return self.add("Gather", name, np.array(numbers, np.int64), axis=1)

    def beside(self, names: Sequence[str]) -> str:
        """Return matrices side by side."""
        return names[0] if len(names) == 1 else self.add("Concat", *names, axis=1)

    def name(self, word: str) -> str:
        """Return a name that no other value has."""
        while True:
            self._count += 1
            name = f"{self._prefix}{word.lower()}_{self._count}"
            if name not in self._taken:
                return name
