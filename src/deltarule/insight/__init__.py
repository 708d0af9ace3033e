"""Looking at networks and at how they were trained. Drawing needs ``deltarule[report]``."""

from deltarule.insight.training_curve import TrainingCurveDisplay

__all__ = ["TrainingCurveDisplay"]
