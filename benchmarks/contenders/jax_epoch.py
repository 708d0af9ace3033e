"""JAX: one compiled call an epoch - permutation, gather, gradient, Adam - the state donated.

A compiled epoch has batches of one size only, so rows that do not fill one are left for another
epoch's permutation to pick up: where others do 9.4 batches, it does 9.
"""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from benchmarks.workloads import BETA_1, BETA_2, EPSILON, RATE, Workload


def prepare(workload: Workload, dtype: str, threads: int) -> Callable[[int], float]:
    """As for all contenders; XLA takes its number of threads from the environment."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", dtype == "float64")
    rows, classes = workload.data(dtype)
    X, y = jnp.asarray(rows), jnp.asarray(classes)
    batches = workload.rows // workload.batch
    initialise = jax.nn.initializers.glorot_uniform()
    weights = [
        (initialise(jax.random.key(k), (n_in, n_out), X.dtype), jnp.zeros(n_out, X.dtype))
        for k, (n_in, n_out) in enumerate(pairwise(workload.layers))
    ]

    def loss_of(weights, X, y):
        h = X
        for W, b in weights[:-1]:
            h = jnp.tanh(h @ W + b)
        W, b = weights[-1]
        return -jnp.take_along_axis(jax.nn.log_softmax(h @ W + b), y[:, None], axis=1).mean()

    def step(X, y, state, batch):
        weights, m, v, t = state
        loss, gradient = jax.value_and_grad(loss_of)(weights, X[batch], y[batch])
        t = t + 1
        rate = RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
        m = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, m, gradient)
        v = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, v, gradient)
        weights = jax.tree.map(
            lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, m, v
        )
        return (weights, m, v, t), loss

    @partial(jax.jit, donate_argnums=0)
    def epoch(state, X, y, key):
        order = jax.random.permutation(key, workload.rows)[: batches * workload.batch]
        state, losses = jax.lax.scan(partial(step, X, y), state, order.reshape(batches, -1))
        return state, losses.mean()

    zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    state = (weights, *zeros, jnp.zeros((), X.dtype))
    key = jax.random.key(0)

    def train(epochs: int) -> float:
        nonlocal state, key
        for _ in range(epochs):
            key, this = jax.random.split(key)
            state, loss = epoch(state, X, y, this)
        return float(loss)

    return train
