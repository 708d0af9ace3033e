"""The training loop, as a staircase: fit -> epoch -> window -> burst of steps.

A run trains one network or several, side by side and in lockstep.

``plan.py`` what decides a run besides the data; ``state.py`` all that changes during it;
``beginning.py`` from the one to the other; ``train.py`` a run from there to its end; ``loop.py``
the loop; ``folds.py`` the rows that it goes through, a window at a time; ``course.py`` the steps of
a window; ``crew.py`` who works on which threads; ``lbfgs.py`` the other way to train;
``watching.py`` who may look on; ``deadline.py`` when time is short;
``validation.py``, ``schedules.py``, ``clipping.py``, ``stopping.py``, ``divergence.py``,
``history.py``, ``summary.py`` and ``memory.py`` what their names say.
"""

from deltarule.training.beginning import begin, go_on
from deltarule.training.crew import Crew
from deltarule.training.deadline import Deadline, TimeUp, seconds_an_epoch
from deltarule.training.folds import Fold, Folds, FoldsInMemory, Window, first_examples
from deltarule.training.history import Epoch, History
from deltarule.training.lbfgs import fit_full_batch
from deltarule.training.loop import fit, restore_best
from deltarule.training.memory import available_memory
from deltarule.training.plan import AnyPlan, FullBatchPlan, Plan
from deltarule.training.schedules import (
    SHAPES,
    Constant,
    InverseScaling,
    Progress,
    Schedule,
    Shaped,
)
from deltarule.training.state import Member, TrainingState
from deltarule.training.stopping import Patience
from deltarule.training.summary import Columns, RunRecord
from deltarule.training.train import train
from deltarule.training.validation import Judge, Score, Validation
from deltarule.training.watching import Leave, Watcher, Watchers

__all__ = [
    "SHAPES",
    "AnyPlan",
    "Columns",
    "Constant",
    "Crew",
    "Deadline",
    "Epoch",
    "Fold",
    "Folds",
    "FoldsInMemory",
    "FullBatchPlan",
    "History",
    "InverseScaling",
    "Judge",
    "Leave",
    "Member",
    "Patience",
    "Plan",
    "Progress",
    "RunRecord",
    "Schedule",
    "Score",
    "Shaped",
    "TimeUp",
    "TrainingState",
    "Validation",
    "Watcher",
    "Watchers",
    "Window",
    "available_memory",
    "begin",
    "first_examples",
    "fit",
    "fit_full_batch",
    "go_on",
    "restore_best",
    "seconds_an_epoch",
    "train",
]
