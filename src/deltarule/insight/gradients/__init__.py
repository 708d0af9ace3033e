"""Whether gradients are right, and what is wrong with those that are not.

``checking.py`` gradients beside differences of J, array by array; ``slips.py`` Algorithm 2 with
known mistakes in it; ``probes.py`` networks to try someone's function on; ``diagnosis.py`` from
what it says to its mistake.
"""

from deltarule.insight.gradients.checking import ArrayCheck, GradientCheck, check_gradients
from deltarule.insight.gradients.diagnosis import Finding

__all__ = ["ArrayCheck", "Finding", "GradientCheck", "check_gradients"]
