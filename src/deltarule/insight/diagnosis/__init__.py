"""What looks wrong with a model, and what to do about it.

``symptom.py`` one finding; ``units.py`` the layers at work; ``history.py`` the training run;
``data.py`` labels, probabilities and columns; ``diagnose.py`` all of it.
"""

from deltarule.insight.diagnosis.diagnose import diagnose
from deltarule.insight.diagnosis.symptom import Symptom

__all__ = ["Symptom", "diagnose"]
