"""Which columns are used, once all of them are known."""

import pyarrow as pa

from deltarule.data.encoder.cells import Cells
from deltarule.data.encoder.columns import Column
from deltarule.data.encoder.learning import Learner
from deltarule.data.sources import shortened


def finish(learners: list[Learner], sample: pa.Table, left_out: dict[str, str]) -> list[Column]:
    """Return the columns learned; add the others to ``left_out``, with the reason."""
    columns: list[Column] = []
    first_with: dict[tuple[str, bytes], str] = {}
    for learner in learners:
        learned = learner.finish(Cells(learner.name, sample[learner.name].combine_chunks()))
        if not isinstance(learned, str) and not learner.asked:
            twin = first_with.setdefault(learner.content, learner.name)
            if twin != learner.name:
                learned = f"says the same as {twin!r} in every row"
        if isinstance(learned, str):
            left_out[learner.name] = learned
        else:
            columns.append(learned)
    return columns


def nothing_left(left_out: dict[str, str], n_rows: int) -> str:
    """Say why no column is left to learn from, and what can be done about it."""
    if not left_out:
        return "No column is left to learn from: the table has none."
    reasons = "; ".join(
        f"{shortened(name)!r} {reason}" for name, reason in list(left_out.items())[:5]
    )
    more = f"; and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    name = shortened(next(iter(left_out)))
    return (
        f"No column is left to learn from (n_samples={n_rows}): {reasons}{more}. To use a column "
        f"anyway, say what it is: columns={{{name!r}: 'numeric'}} in Python, --numeric or "
        "--categorical on the command line."
    )
