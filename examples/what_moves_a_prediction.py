"""
What moves a prediction
=======================

Why does the network take this digit for a three? You learn to ask it which pixels would make a
label likelier, to check its answer by a small step, and to look at what its hidden layers make of
all digits. Take home: ``input_gradients`` explains a prediction, ``activations`` a layer.
"""

# %%
# A network, and where it errs
# ----------------------------
#
# The digits that come with scikit-learn have 8 x 8 pixels, with grey levels from 0 to 1 here.

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from deltarule import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)

model = MLPClassifier((64, 32), activation="tanh", alpha=0.01, max_iter=1000, random_state=0)
model.fit(X_train, y_train)
said = model.predict(X_test)
wrong = np.flatnonzero(said != y_test)
print(f"{len(wrong)} of {len(y_test)} test rows are wrong")

# %%
# Is the gradient what it claims to be?
# -------------------------------------
#
# ``input_gradients`` returns the gradient of log p(label) with respect to the pixels. So a small
# step along it must change log p by the length of the step times the norm of the gradient, but
# for what the curvature adds. Here is such a step for rows that are wrong, towards their right
# labels.

rows, labels = X_test[wrong[:4]], y_test[wrong[:4]]
g = model.input_gradients(rows, labels)
norms = np.linalg.norm(g, axis=1, keepdims=True)
step = 0.01
before, after = (model.predict_log_proba(at) for at in (rows, rows + step * g / norms))
each = np.arange(len(rows))
gained = (after - before)[each, labels]
for label, norm, gain in zip(labels, norms[:, 0], gained, strict=True):
    print(f"towards {label}: log p should rise by {step * norm:.4f}, and rises by {gain:.4f}")

# %%
# What would make it right
# ------------------------
#
# Four digits that the network takes for others. Beside each is the gradient of the right label:
# ink on the violet pixels would make it likelier, ink on the brown ones less likely. The third
# column is the image after as many steps along the gradient as it takes to change the network's
# mind, each of length 0.1. Grey levels stay between 0 and 1.


def walk(row, label):
    """Return the row as it is when the network says ``label``, and the number of steps."""
    steps = 0
    while model.predict([row])[0] != label and steps < 100:
        slope = model.input_gradients([row], [label])[0]
        row = np.clip(row + 0.1 * slope / np.linalg.norm(slope), 0, 1)
        steps += 1
    return row, steps


figure, axes = plt.subplots(4, 3, figsize=(6, 8.4), layout="constrained")
largest = np.abs(g).max()
for line, row, label, slope, i in zip(axes, rows, labels, g, wrong[:4], strict=True):
    moved, steps = walk(row, label)
    line[0].imshow(1 - row.reshape(8, 8), cmap="gray", vmin=0, vmax=1)
    line[0].set_title(f"is {label}, taken for {said[i]}")
    shown = line[1].imshow(slope.reshape(8, 8), cmap="PuOr", vmin=-largest, vmax=largest)
    line[1].set_title(f"gradient of log p({label})")
    line[2].imshow(1 - moved.reshape(8, 8), cmap="gray", vmin=0, vmax=1)
    line[2].set_title(f"taken for {label}, steps: {steps}")
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
figure.colorbar(
    shown, ax=axes, location="bottom", shrink=0.6, label="change of log p, nats a unit of grey"
)
plt.show()

# %%
# A layer that can be drawn
# -------------------------
#
# Here is a network whose last hidden layer has two units, so that what it makes of a digit is a
# point in the plane. The output layer draws straight lines between the classes. Each test digit
# stands where the layer puts it; those that the network gets wrong are orange.

narrow = MLPClassifier(
    (128, 2),
    activation=["tanh", "identity"],
    learning_rate_init=0.01,
    n_iter_no_change=40,
    max_iter=1000,
    random_state=0,
)
narrow.fit(X_train, y_train)
is_right = narrow.predict(X_test) == y_test
print(f"test accuracy {is_right.mean():.3f}, with {narrow.n_iter_} epochs")
at = narrow.activations(X_test, layer=2)

figure, axes = plt.subplots(figsize=(7, 6), layout="constrained")
low, high = at.min(axis=0) - 2, at.max(axis=0) + 2
axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
for place, label, right in zip(at, y_test, is_right, strict=True):
    colour = "#0072B2" if right else "#D55E00"
    axes.text(*place, label, color=colour, fontsize=9, ha="center", va="center")
axes.set(xlabel="output of unit 1", ylabel="output of unit 2")
plt.show()
