"""What the document asks its reader, answered on the reader's numbers.

In section 3.1 it asks why the gradient of a score by W has a single row that is not zero (Eq. 6),
why that by h has a single column (Eq. 9), and how the two differ. Both matrices come out of
Algorithm 2's own lines 4 and 5, where g is 1 for that score and 0 for all others.
"""

from collections.abc import Mapping

import numpy as np

from deltarule.insight.tracing.formulas import Formula, of_layer
from deltarule.insight.tracing.lines import Question, Value
from deltarule.network import Dense
from deltarule.network.arrays import Floats
from deltarule.network.layers import Trace


def ask(
    k: int,
    layer: Dense,
    arrays: Mapping[str, Floats],
    h_prev: Floats,
    trace: Trace,
    unit: int,
    example: int,
) -> tuple[Question, Question]:
    """Return both questions about one score, that of a unit for an example (both from 0)."""
    g = np.zeros_like(trace.a)
    g[unit, example] = 1
    gradients = {name: np.empty_like(array) for name, array in arrays.items()}
    by_h = layer.backward(arrays, h_prev, trace, g, gradients)
    i, j, W, h = unit + 1, example + 1, of_layer("W", k), of_layer("h", k - 1)
    score = f"a{of_layer('', k)}_{i},{j}"
    latex = rf"a^{{({k})}}_{{{i},{j}}}"
    row = Question(
        equation="6",
        asked=f"Why has the gradient of {score} by {W} a single row that is not zero?",
        answer=(
            f"{score} is row {i} of {W} times column {j} of {h}, plus a bias. No other row of {W} "
            f"occurs in it, so that nothing changes if those do. In row {i} the weight of input m "
            f"is multiplied by what that input is for example {j}, and this is its derivative: row "
            f"{i} here is column {j} of {h}."
        ),
        formula=Formula(f"∇{W} {score}", rf"\nabla_{{\mathbf{{W}}^{{({k})}}}}\, {latex}", ("6",)),
        matrix=Value(f"∇{W} {score}", gradients["W"]),
    )
    column = Question(
        equation="9",
        asked=(
            f"Why has the gradient of {score} by {h} a single column that is not zero, and how "
            "does it differ from the row of Eq. 6?"
        ),
        answer=(
            f"Column {j} of {h} is all that {score} reads of {h}: the other columns are other "
            "examples, which have no say in what the network thinks of this one. "
            f"Column {j} here is row {i} of {W}. A row of {W} belongs to a unit and is shared by "
            f"all examples; a column of {h} belongs to an example and is shared by all units. That "
            "is why gradients by weights are summed over the batch (Eq. 8), and gradients by "
            "activations over the units (Eq. 11)."
        ),
        formula=Formula(
            f"∇{h} {score}", rf"\nabla_{{\mathbf{{h}}^{{({k - 1})}}}}\, {latex}", ("9",)
        ),
        matrix=Value(f"∇{h} {score}", by_h),
    )
    return row, column
