"""A run's state in files: written while it is trained, and taken up again to the bit.

A checkpoint is a model file that has the whole :class:`~deltarule.training.TrainingState` in it
besides: whoever loads it has the model as of then, and whoever resumes from it has the run.

``checkpoint.py`` what a user says of them; ``run.py`` a fit that writes them, from its first look
into the folder on; ``keeper.py`` when one is written; ``folder.py`` where, by one writer at a time;
``snapshot.py`` from a state to a file's content and back; ``fingerprint.py`` which run it is.
"""

from deltarule.checkpoints.checkpoint import Checkpoint
from deltarule.checkpoints.fingerprint import Fingerprint, fingerprint
from deltarule.checkpoints.run import CheckpointedRun, checkpointed

__all__ = ["Checkpoint", "CheckpointedRun", "Fingerprint", "checkpointed", "fingerprint"]
