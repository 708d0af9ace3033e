"""Learning and encoding small tables."""

import pytest

from deltarule.data import Encoder, as_table


@pytest.fixture(scope="session")
def learn():
    """Learn from a dict of columns; kinds that are asked for come by keyword."""

    def from_columns(columns, **kinds):
        table = as_table(columns)
        return Encoder.learn(table.to_batches(), table.schema, kinds)

    return from_columns


@pytest.fixture(scope="session")
def learn_column(learn):
    """Learn column "a" beside another one: return it as it was learned, or why it is left out."""

    def from_cells(cells, **kinds):
        # 0.5, 1.5, ...: tells nothing about "a", and is left in whatever that is
        learned = learn({"a": cells, "other": [i + 0.5 for i in range(len(cells))]}, **kinds)
        found = {column.name: column for column in learned.encoder.columns}
        return found.get("a", learned.left_out.get("a"))

    return from_cells


@pytest.fixture(scope="session")
def encode(learn):
    """Learn from some cells of a column, and return the codes of others, or of the same."""

    def codes(cells, others=None, **kinds):
        encoder = learn({"a": cells}, **kinds).encoder
        return encoder.encode(as_table({"a": cells if others is None else others}))

    return codes
