"""Rows that are images, as images."""

from base64 import b64encode
from io import BytesIO
from math import isqrt

import numpy as np
import pyarrow as pa

from deltarule.insight.reporting.material import Material

SMALLEST_SIDE = 8


def side_of(material: Material) -> int | None:
    """Return the side of the square images that all columns together are; None of a table.

    They are, if the columns are nothing but numbers and as many as a square of at least 8 x 8,
    those that are left out because they never change included.
    """
    names = material.table.column_names
    side = isqrt(len(names))
    are_numbers = all(
        pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        for field in material.table.schema
    )
    return side if side >= SMALLEST_SIDE and side * side == len(names) and are_numbers else None


def pictures_of(material: Material, rows: list[int]) -> list[str]:
    """Return some rows as PNG images, in data addresses; nothing where they are none."""
    side = side_of(material)
    if side is None or not rows:
        return []
    from matplotlib.image import imsave

    some = material.table.take(pa.array(rows))
    pixels = np.column_stack([some[name].to_numpy() for name in some.column_names])
    drawn = []
    for row in pixels.astype(np.float64).reshape(len(rows), side, side):
        file = BytesIO()
        imsave(file, np.nan_to_num(row), cmap="gray", format="png")
        drawn.append(f"data:image/png;base64,{b64encode(file.getvalue()).decode()}")
    return drawn
