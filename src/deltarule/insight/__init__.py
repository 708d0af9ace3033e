"""Looking at networks and at how they were trained. Drawing needs ``deltarule[report]``."""

from deltarule.insight.diagnosis import Symptom, diagnose
from deltarule.insight.gradients import ArrayCheck, Finding, GradientCheck, check_gradients
from deltarule.insight.importances import Importances, permutation_importances
from deltarule.insight.reporting import report
from deltarule.insight.tracing import Trace, trace
from deltarule.insight.training_curve import TrainingCurveDisplay

__all__ = [
    "ArrayCheck",
    "Finding",
    "GradientCheck",
    "Importances",
    "Symptom",
    "Trace",
    "TrainingCurveDisplay",
    "check_gradients",
    "diagnose",
    "permutation_importances",
    "report",
    "trace",
]
