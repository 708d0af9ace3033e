"""What training makes small: the loss of a batch, with its penalty, and the gradient."""

from dataclasses import dataclass

import numpy as np

from deltarule.network.algorithms import Masks, backward, forward
from deltarule.network.architecture import Network
from deltarule.network.arrays import Floats, Targets
from deltarule.network.losses import Loss
from deltarule.network.parameters import Parameters


@dataclass(frozen=True)
class Objective:
    """``J + alpha/2 |W|^2``, summed over the batch as in the document (Eq. 3i).

    Whoever wants the mean divides by the batch's total weight, penalty included: that is
    scikit-learn's objective.

    Parameters
    ----------
    network : Network
    loss : Loss
    alpha : float >= 0
        L2 penalty on all arrays whose group decays: weights and embeddings, not biases.
    label_smoothing : float in [0, 1)
    """

    network: Network
    loss: Loss
    alpha: float = 0.0
    label_smoothing: float = 0.0

    def examples_loss(
        self,
        parameters: Parameters,
        X: Floats,
        y: Targets,
        gradient: Parameters,
        weights: Floats | None = None,
        masks: Masks | None = None,
    ) -> float:
        """Return J, the sum over the examples alone, and overwrite ``gradient`` with its gradient.

        Parameters
        ----------
        parameters, gradient : Parameters
        X : array (f, b)
        y : array (b,) or (l, b)
            See :class:`~deltarule.network.Loss`.
        weights : array (b,), optional
        masks : mapping from k to array (n_k, b), optional
            This step's dropout.

        Notes
        -----
        J is added up in float64 whatever the network computes in.
        """
        done = forward(self.network, parameters, X, masks)
        losses, g = self.loss.value_and_gradient(  # lines 12 of Algorithm 1 and 1 of Algorithm 2
            done.scores, y, weights, self.label_smoothing
        )
        backward(self.network, parameters, done, g, gradient)
        return float(losses.sum(dtype=np.float64))  # line 13: J = sum of J_k  (Eq. 3i)

    def add_penalty(self, parameters: Parameters, gradient: Parameters) -> float:
        """Add the gradient of the L2 penalty, alpha W; return it, ``alpha/2 |W|^2``."""
        squares = 0.0
        for entry in parameters.layout.entries:
            if entry.group.decays and self.alpha:
                W = parameters.theta[entry.span]
                squares += float(np.square(W, dtype=np.float64).sum())
                gradient.theta[entry.span] += self.alpha * W
        return 0.5 * self.alpha * squares

    def loss_and_gradient(
        self,
        parameters: Parameters,
        X: Floats,
        y: Targets,
        gradient: Parameters,
        weights: Floats | None = None,
        masks: Masks | None = None,
    ) -> float:
        """Return ``J + alpha/2 |W|^2`` and overwrite ``gradient`` with its gradient.

        Parameters as in :meth:`examples_loss`.

        Examples
        --------
        One step of the document's gradient descent, W = W - alpha grad_W J:

        >>> import numpy as np
        >>> from deltarule.network import LOSSES, Network, Parameters, initialise
        >>> objective = Objective(Network.dense([2, 3, 2], "tanh"), LOSSES["softmax"])
        >>> parameters = initialise(objective.network, seed=0)
        >>> gradient = Parameters(parameters.layout)
        >>> X, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
        >>> before = objective.loss_and_gradient(parameters, X, y, gradient)
        >>> parameters.theta -= 0.1 * gradient.theta
        >>> objective.loss_and_gradient(parameters, X, y, gradient) < before
        True
        """
        J = self.examples_loss(parameters, X, y, gradient, weights, masks)
        return J + self.add_penalty(parameters, gradient)
