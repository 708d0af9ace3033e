"""Pages show what a warning says, and not in which temporary file it arose."""

import warnings


def _in_short(message, category, *_):
    return f"{category.__name__}: {message}\n"


warnings.formatwarning = _in_short
