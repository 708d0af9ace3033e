"""
The spiral, from the document's equations alone
===============================================
"""  # 2-25-25-25-3, tanh, plain gradient descent: the course's own exercise

import numpy as np

from deltarule.network import LOSSES, Network, Parameters, backward, forward, initialise

ALPHA = 0.002  # the document's learning rate, on the loss *summed* over the batch
STEPS = 10_000


def spiral(rng, rows_a_class):
    """Return three arms: X (2, b), one point a column, and y (b,)."""
    r = np.tile(np.linspace(0, 1, rows_a_class), 3)
    y = np.repeat(np.arange(3), rows_a_class)
    angle = 4 * (y + r) + rng.normal(0, 0.2, len(r))
    return np.vstack([r * np.sin(angle), r * np.cos(angle)]), y


def train(network, X, y, seed):
    """Plain gradient descent on J: W = W - alpha grad_W J, for all parameters at once."""
    parameters, gradient = initialise(network, seed), Parameters(network.layout)
    for _ in range(STEPS):
        done = forward(network, parameters, X)  # Algorithm 1
        losses, g = LOSSES["softmax"].value_and_gradient(done.scores, y)  # Eq. 13, Eq. 14
        backward(network, parameters, done, g, gradient)  # Algorithm 2
        parameters.theta -= ALPHA * gradient.theta
    print(f"J = {losses.sum():.2f} over {len(y)} points")
    return parameters


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    network = Network.dense([2, 25, 25, 25, 3], "tanh")
    parameters = train(network, *spiral(rng, 140), seed=0)
    X, y = spiral(rng, 1000)
    accuracy = (forward(network, parameters, X).scores.argmax(axis=0) == y).mean()
    print(f"accuracy on {len(y)} fresh points: {accuracy:.4f}")
