"""A network: its layers, in order, each fitting the one before."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import prod

from deltarule.network.layers import Dense, Embedding, Layer
from deltarule.network.parameters import Layout


class Network:
    """The layers k = 1..depth of a fully connected network.

    It holds no numbers: those are :class:`~deltarule.network.Parameters` of its ``layout``.

    Parameters
    ----------
    layers : iterable of layers, the one that reads the input first
        The document's network has any activation in the hidden layers and, as line 11 of
        Algorithm 1 says, the identity in the last. It is all :class:`~deltarule.network.Dense`.
        A :class:`~deltarule.network.Scale` or :class:`~deltarule.network.Periodic` may stand
        before any of them, an :class:`~deltarule.network.Embedding` before all.

    Raises
    ------
    ValueError
        If there is no layer, a layer does not fit the one before or has a member out of its
        range, or the last layer bends, drops or merely scales its scores.

    Examples
    --------
    >>> network = Network.dense([784, 256, 10], "tanh")
    >>> network.depth, network.layers[0].activation, network.layers[1].activation
    (2, 'tanh', 'identity')
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        self.layers = tuple(layers)
        if not self.layers:
            raise ValueError("A network needs at least one layer.")
        for k, layer in self:
            self._check(k, layer)
        self._check_last(self.depth, self.layers[-1])

    @classmethod
    def dense(
        cls,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "tanh",
        dropout: float | Sequence[float] = 0.0,
    ) -> "Network":
        """Build a plain network from its numbers of units.

        Parameters
        ----------
        sizes : sequence of int
            Features, units of each hidden layer, classes: (f, n_1, ..., l).
        activation, dropout : one for all hidden layers, or one for each
        """
        hidden = len(sizes) - 2
        if hidden < 0:
            raise ValueError(f"sizes must name at least features and classes, got {list(sizes)}.")
        names = [activation] * hidden if isinstance(activation, str) else list(activation)
        rates = list(dropout) if isinstance(dropout, Sequence) else [dropout] * hidden
        for what, given in (("activation", names), ("dropout", rates)):
            if len(given) != hidden:
                raise ValueError(
                    f"{what} must be one for all {hidden} hidden layers, or one for each; "
                    f"got {given}."
                )
        pairs = zip(sizes[:-1], sizes[1:], [*names, "identity"], [*rates, 0.0], strict=True)
        return cls(Dense(n_in, n_out, name, rate) for n_in, n_out, name, rate in pairs)

    def _check(self, k: int, layer: Layer) -> None:
        if layer.n_in < 1 or layer.n_out < 1:
            raise ValueError(
                f"Layer {k} must have inputs and outputs, got {layer.n_in} and {layer.n_out}."
            )
        if complaint := layer.complaint():
            raise ValueError(f"Layer {k}: {complaint}.")
        if isinstance(layer, Embedding) and k > 1:
            raise ValueError(
                f"Layer {k} is an Embedding, which must be layer 1: the indices that it reads are "
                "rows of X."
            )
        if k > 1 and layer.n_in != self.layers[k - 2].n_out:
            raise ValueError(
                f"Layer {k} reads {layer.n_in} units but layer {k - 1} has "
                f"{self.layers[k - 2].n_out}."
            )

    def _check_last(self, k: int, layer: Layer) -> None:
        if not isinstance(layer, Dense):
            raise ValueError(
                f"Layer {k}, the last, must be Dense, got {layer}: its outputs are the scores "
                "(line 11 of Algorithm 1)."
            )
        if layer.activation != "identity" or layer.dropout or layer.is_parametric:
            raise ValueError(
                f"Layer {k}, the last, must have activation 'identity', no dropout and no mix: its "
                "outputs are the scores (line 11 of Algorithm 1), which the loss turns into "
                "probabilities."
            )

    @property
    def depth(self) -> int:
        """The document's l in Algorithms 1 and 2."""
        return len(self.layers)

    @property
    def n_features(self) -> int:
        """Rows of X, f in the document."""
        return self.layers[0].n_in

    @property
    def n_outputs(self) -> int:
        """Rows of the scores."""
        return self.layers[-1].n_out

    @property
    def sizes(self) -> list[int]:
        """Rows of X, then the units of each layer."""
        return [self.n_features, *(layer.n_out for layer in self.layers)]

    @property
    def n_parameters(self) -> int:
        """Numbers in all arrays of all layers, without the gaps of the layout."""
        return sum(prod(entry.shape) for entry in self.layout.entries)

    @cached_property
    def layout(self) -> Layout:
        """Where each layer's arrays lie in the flat vector theta."""
        return Layout(layer.shapes() for layer in self.layers)

    def __iter__(self) -> Iterator[tuple[int, Layer]]:
        """Yield (k, layer) for k = 1..depth."""
        return iter(enumerate(self.layers, start=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and self.layers == other.layers

    def __hash__(self) -> int:
        return hash(self.layers)

    def __repr__(self) -> str:
        return f"Network({list(self.layers)!r})"
