"""Who is timed: each module has one function, ``prepare``.

``prepare(workload, dtype, threads)`` gets everything ready, data in memory in the contender's own
form, and returns a function: ``train(epochs)`` trains for so many epochs and returns the last
epoch's mean loss, or None where there is none. Whatever a first call compiles or warms up, the
worker lets happen before it times.
"""

CONTENDERS = ("ours", "scikit_learn", "pytorch", "jax_epoch", "products")
"""``products`` is no library: the matrix products of a step alone, through NumPy."""
