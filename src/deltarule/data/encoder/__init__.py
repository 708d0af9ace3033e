"""A table's columns to numbers: learned in one pass, plain data, never sees labels.

``cells.py`` what a cell means, by value, whatever type it comes in; ``columns.py`` each kind of
column as it was learned, and how it becomes numbers; ``learning.py`` what has to be known of a
column to learn it, a batch at a time; ``sample.py`` the rows that quantiles are taken of;
``encoder.py`` all columns together; ``masking.py`` cells that training takes for unknown ones.
"""

from deltarule.data.encoder.encoder import Encoder, Learned
from deltarule.data.encoder.learning import IGNORED, KINDS
from deltarule.data.encoder.masking import Masking

__all__ = ["IGNORED", "KINDS", "Encoder", "Learned", "Masking"]
