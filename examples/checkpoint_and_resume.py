"""
Killed, resumed, the same bits
==============================

A run that is killed and resumed ends with the bits of one that was never interrupted. You learn
how to have a fit write checkpoints, what happens when its process is killed, and how to go on.
Take home: ``checkpoint=...`` and ``resume=True`` are all that a script needs to survive a crash.
"""

# %%
# A program that trains
# ---------------------
#
# It is a file of its own, so that it can be killed. It writes a checkpoint every second epoch.
# With ``resume=True`` it goes on with whatever the folder holds, and begins where that holds
# nothing: the same program serves for the first start and for every later one. At its end it
# tells the SHA-256 of the weights and biases, and the loss of each epoch.

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from deltarule import load_model

PROGRAM = """
import hashlib, json, sys

from sklearn.datasets import make_classification

from deltarule import Checkpoint, MLPClassifier

X, y = make_classification(
    20_000, 40, n_informative=20, n_classes=4, n_clusters_per_class=4, random_state=0
)
model = MLPClassifier(
    (200, 100),
    dropout=0.2,
    early_stopping=True,
    n_iter_no_change=float("inf"),
    schedule="cosine",
    max_iter=30,
    checkpoint=Checkpoint(sys.argv[1], seconds=None, epochs=2),
    resume=True,
    random_state=0,
)
model.fit(X, y)
digest = hashlib.sha256()
for array in [*model.coefs_, *model.intercepts_]:
    digest.update(array.tobytes())
print(json.dumps({"sha256": digest.hexdigest(), "loss": model.loss_curve_}))
"""

folder = tempfile.TemporaryDirectory()
program = Path(folder.name) / "train.py"
program.write_text(PROGRAM, encoding="utf-8")


def start(run):
    """Start the program; its checkpoints go into the folder ``run``."""
    command = [sys.executable, program, Path(folder.name) / run]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def outcome(process):
    """Wait until the program is done, and return what it tells."""
    told, _ = process.communicate()
    return json.loads(told)


# %%
# A run that nobody disturbs
# --------------------------

undisturbed = outcome(start("undisturbed"))
print(len(undisturbed["loss"]), "epochs")
print("SHA-256", undisturbed["sha256"])

# %%
# A run that is killed
# --------------------
#
# The same program with another folder. As soon as six checkpoints have been seen there, its
# process gets SIGKILL, which cannot be caught: it has no chance to tidy up. What stays is the
# folder, with the newest three. A checkpoint is a model file, so it can be loaded, and tells how
# far the run had got. Which epoch that is depends on when the signal comes.

process, seen = start("killed"), set()
while len(seen) < 6 and process.poll() is None:
    seen |= set((Path(folder.name) / "killed").glob("*.deltarule"))
    time.sleep(0.02)
process.kill()
process.communicate()
print("exit code:", process.returncode)

kept = sorted((Path(folder.name) / "killed").glob("*.deltarule"))
for path in kept:
    print(f"{path.name}: {load_model(path).n_iter_} epochs")
until_then = load_model(kept[-1]).history_["loss"]

# %%
# Once more, with the same command
# --------------------------------
#
# It goes on from the newest checkpoint: weights, moments of the optimiser, row orders, dropout
# masks, schedule and history are as they were.

resumed = outcome(start("killed"))
print(len(resumed["loss"]), "epochs")
print("SHA-256", resumed["sha256"])
print("the same weights:", resumed["sha256"] == undisturbed["sha256"])
print("the same losses:", resumed["loss"] == undisturbed["loss"])

# %%
# The losses, with the place of the kill
# --------------------------------------
#
# The dashed line is where the newest checkpoint was written. What was trained between it and the
# signal was lost, and trained again.

epochs = np.arange(1, len(undisturbed["loss"]) + 1)
place = len(until_then)

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
axes.plot(epochs, undisturbed["loss"], color="0.8", linewidth=8, label="never interrupted")
axes.plot(epochs[:place], until_then, ".-", color="#0072B2", label="until it was killed")
axes.plot(epochs[place:], resumed["loss"][place:], ".-", color="#D55E00", label="resumed")
axes.axvline(place + 0.5, color="black", linestyle="--", linewidth=1)
axes.text(place + 0.8, undisturbed["loss"][0], "SIGKILL", verticalalignment="center")
axes.set(xlabel="epoch", ylabel="training loss, nats")
axes.legend()
plt.show()

folder.cleanup()
