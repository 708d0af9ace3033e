"""Looking at networks and at how they were trained. Drawing needs ``deltarule[report]``."""

from deltarule.insight.importances import Importances, permutation_importances
from deltarule.insight.training_curve import TrainingCurveDisplay

__all__ = ["Importances", "TrainingCurveDisplay", "permutation_importances"]
