"""
The spiral, looked into
=======================

Three arms of a spiral cannot be told apart by straight lines, and a small network learns to do
it. You learn how to prove that its gradients are right, how to draw what it decides, and how to
see what each hidden layer makes of the points. Take home: a fitted model can be opened, layer by
layer.
"""

# %%
# Three arms
# ----------
#
# Each class is an arm, with some noise in its angle. A third of the points is kept for testing.

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import ListedColormap
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from deltarule import MLPClassifier, insight

COLOURS = ["#0072B2", "#E69F00", "#CC79A7"]  # told apart by the colour-blind, too


def spiral(rng, rows_a_class):
    """Return three arms: X (n, 2), one point a row, and y (n,)."""
    r = np.tile(np.linspace(0, 1, rows_a_class), 3)
    y = np.repeat(np.arange(3), rows_a_class)
    angle = 4 * (y + r) + rng.normal(0, 0.2, len(r))
    return np.column_stack([r * np.sin(angle), r * np.cos(angle)]), y


X, y = spiral(np.random.default_rng(0), 210)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=1 / 3, random_state=0)

model = MLPClassifier(
    (25, 25, 25),
    activation="tanh",
    learning_rate_init=0.01,
    max_iter=1000,
    random_state=0,
)
model.fit(X_train, y_train)
print(f"{model.n_iter_} epochs, loss {model.loss_:.4f}")
print(f"accuracy on {len(y_test)} points that it has not seen: {model.score(X_test, y_test):.3f}")

# %%
# Are its gradients right?
# ------------------------
#
# Training follows the gradients of the loss J, so a mistake in them would spoil everything. Here
# each array's gradient is compared with differences of J on the test points: along a random
# direction through all of the array, and for single entries of it. Both errors are relative to
# the norm of the gradient. The last layer comes first, as in back-propagation.

found = insight.check_gradients(model, X_test, y_test, random_state=0)
print(found.title)
print(f"{'array':<6}{'shape':>10}{'norm':>12}{'along':>10}{'worst':>10}  right")
for array in found.arrays:
    print(
        f"{array.name + str(array.layer):<6}{array.shape!s:>10}{array.norm:>12.3g}"
        f"{array.along:>10.0e}{array.worst:>10.0e}  {array.is_right}"
    )
print("all of them:", found.is_right)

# %%
# What it decides
# ---------------
#
# The probability of each class on a grid. A region has the colour of the likeliest class, and is
# paler where the network is less sure. Points that were used for training are small, the others
# are larger and have a rim.

steps = np.linspace(-1.3, 1.3, 300)
grid = np.stack(np.meshgrid(steps, steps), axis=-1)
proba = model.predict_proba(grid.reshape(-1, 2))

rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in COLOURS])
sure = (proba.max(axis=1, keepdims=True) - 1 / 3) * 1.5
picture = 1 - 0.4 * sure * (1 - rgb[proba.argmax(axis=1)])

figure, axes = plt.subplots(figsize=(6, 5.6), layout="constrained")
axes.imshow(picture.reshape(300, 300, 3), origin="lower", extent=[-1.3, 1.3, -1.3, 1.3])
style = {"cmap": ListedColormap(COLOURS), "edgecolors": "black"}
axes.scatter(*X_train.T, c=y_train, s=14, linewidths=0, **style)
axes.scatter(*X_test.T, c=y_test, s=34, linewidths=0.8, **style)
axes.set(xlabel="$x_1$", ylabel="$x_2$", title="Decision regions")
plt.show()

# %%
# How the layers unroll it
# ------------------------
#
# ``activations`` returns what a layer makes of the rows. Each of these layers has 25 units; the
# picture shows the two directions in which their outputs vary most. The last number tells how
# well straight lines alone would separate the arms there: it is the training accuracy of a
# logistic regression on the outputs of the layer.

stages = {"input": X_train}
stages |= {f"hidden layer {k}": model.activations(X_train, layer=k) for k in (1, 2, 3)}

figure, axes = plt.subplots(2, 2, figsize=(7, 6.6), layout="constrained")
for ax, (name, values) in zip(axes.flat, stages.items(), strict=True):
    at = values if values.shape[1] == 2 else PCA(2).fit_transform(values)
    lines = LogisticRegression(C=100, max_iter=10_000).fit(values, y_train)
    print(f"{name}: {values.shape[1]} numbers, {lines.score(values, y_train):.3f}")
    ax.scatter(*at.T, c=y_train, s=12, cmap=ListedColormap(COLOURS))
    first, second = ("$x_1$", "$x_2$") if name == "input" else ("1st component", "2nd component")
    ax.set(title=name, xlabel=first, ylabel=second)
plt.show()
