"""Algorithms 1 and 2 at work on a network and a batch, line by line.

``formulas.py`` how each line is written; ``lines.py`` a line with its numbers; ``walk.py`` a
network up and down; ``questions.py`` what the document asks its reader; ``trace.py`` from a model
to its trace; ``text.py`` for a terminal; ``page.py`` for a browser.
"""

from deltarule.insight.tracing.trace import Trace, trace

__all__ = ["Trace", "trace"]
