"""The training loop, as a staircase: fit -> epoch -> burst of steps, one screen a step.

``plan.py`` what decides a run besides the data; ``state.py`` all that changes during it;
``loop.py`` the loop; ``schedules.py``, ``stopping.py`` and ``history.py`` what their names say.
"""

from deltarule.training.history import Epoch, History
from deltarule.training.loop import Validation, Watcher, fit, train
from deltarule.training.plan import Plan
from deltarule.training.schedules import Constant, InverseScaling, Schedule
from deltarule.training.state import TrainingState
from deltarule.training.stopping import Patience
from deltarule.training.summary import summarise

__all__ = [
    "Constant",
    "Epoch",
    "History",
    "InverseScaling",
    "Patience",
    "Plan",
    "Schedule",
    "TrainingState",
    "Validation",
    "Watcher",
    "fit",
    "summarise",
    "train",
]
