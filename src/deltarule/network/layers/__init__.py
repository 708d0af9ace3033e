"""The kinds of layer, each with its forward pass and, right below it, its backward pass.

A network is a list of layers from this small closed set. To add a kind: give it a file here with
``shapes``, ``initial``, ``complaint``, ``forward`` and ``backward``, and its two phases in the
native engine.
"""

from deltarule.network.layers.dense import Dense
from deltarule.network.layers.embedding import Embedding
from deltarule.network.layers.periodic import Periodic
from deltarule.network.layers.scale import Scale
from deltarule.network.layers.trace import Trace

Layer = Dense | Scale | Periodic | Embedding
"""Any kind of layer."""

__all__ = ["Dense", "Embedding", "Layer", "Periodic", "Scale", "Trace"]
