"""What layers say of the columns that they are to read, where those are not as they must be."""

from itertools import pairwise


def complain_of_columns(columns: tuple[int, ...], n_in: int) -> str:
    """Return what is wrong with columns that are to ascend within the inputs; "" if nothing."""
    if not columns:
        return "columns must name at least one input"
    ascend = all(one < another for one, another in pairwise(columns))
    if not (ascend and columns[0] >= 0 and columns[-1] < n_in):
        return f"columns must ascend within 0..{n_in - 1}, got {columns}"
    return ""
