"""
MNIST in seconds
================

The 70,000 handwritten digits of MNIST, and a network of two hidden layers on the processor. You
learn how to read files in the format of MNIST, how early stopping keeps the best weights, and how
to find the images that a model is most wrong about. Take home: for a network of this size an
ordinary processor will do.
"""

# %%
# The images
# ----------
#
# The four files are those that LeCun, Cortes and Burges published; OpenML has the same images as
# data set 554. The environment variable ``DELTARULE_DATA`` names a folder with a folder ``mnist``
# in it. deltarule reads the format as a table: a column for each pixel and, where the file of
# labels lies beside that of the images, a column ``label``.

import os
from pathlib import Path
from time import perf_counter

import numpy as np
from matplotlib import pyplot as plt

from deltarule import MLPClassifier
from deltarule.data import open_source
from deltarule.insight import TrainingCurveDisplay


def images_and_labels(path):
    """Return the grey levels of the images, from 0 to 1, one a row, and their labels."""
    table = open_source(path).read()
    *pixels, labels = table.columns
    grey = np.column_stack([column.to_numpy() for column in pixels])
    return np.float32(grey) / 255, labels.to_numpy()


folder = Path(os.environ["DELTARULE_DATA"]) / "mnist"
X, y = images_and_labels(folder / "train-images-idx3-ubyte.gz")
X_test, y_test = images_and_labels(folder / "t10k-images-idx3-ubyte.gz")
print(X.shape, X.dtype, "and", X_test.shape)

# %%
# Training
# --------
#
# A tenth of the training images is held out. Training ends when their accuracy has not improved
# for more than five epochs, and the weights of the best epoch are kept. Six digits are enough for
# this, so it computes in ``float32``. The seconds are those of the machine that built this page.

model = MLPClassifier(
    (256, 128),
    early_stopping=True,
    n_iter_no_change=5,
    max_iter=100,
    dtype="float32",
    random_state=0,
)
start = perf_counter()
model.fit(X, y)
print(f"{model.n_iter_} epochs in {perf_counter() - start:.1f} s on {os.cpu_count()} cores")
print(f"accuracy on the {len(y_test):,} test images: {model.score(X_test, y_test):.4f}")

# %%
# The learning curve
# ------------------
#
# The loss on the training images keeps falling after the score on those held out has levelled
# off. The dashed line marks the epoch whose weights are kept.

display = TrainingCurveDisplay.from_estimator(model, curves=["loss", "score"], name="MNIST")
display.axes_[0].set_ylabel("loss, nats")
display.axes_[1].set_ylabel("accuracy")
display.figure_.set_size_inches(7, 5.5)
plt.show()

# %%
# The worst errors
# ----------------
#
# The test images whose right label got the least probability, each with the label that it has,
# the one that was predicted, and the probability that the model gave to that.

# sphinx_gallery_thumbnail_number = 2
log_p = model.predict_log_proba(X_test)
of_truth = log_p[np.arange(len(y_test)), y_test]  # classes_ are the digits from 0 to 9
worst = np.argsort(of_truth)[:12]

figure, axes = plt.subplots(2, 6, figsize=(7, 3.1), layout="constrained")
for ax, i in zip(axes.flat, worst, strict=True):
    ax.imshow(1 - X_test[i].reshape(28, 28), cmap="gray")
    said = log_p[i].argmax()
    ax.set_title(f"{y_test[i]}, not {said}\n({np.exp(log_p[i, said]):.3f})", fontsize=10)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color("0.8")
plt.show()
