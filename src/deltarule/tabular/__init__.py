"""Tables in, predictions out.

``classifier.py`` the estimator; ``prepare.py`` what it does before training, ``recipe.py`` the
network and the plan it trains with; ``evaluation.py`` how good it is on a table with labels;
``loading.py`` :func:`load_model`, for both estimators.
"""

from deltarule.tabular.classifier import TabularClassifier
from deltarule.tabular.evaluation import Evaluation, evaluate
from deltarule.tabular.loading import load_model

__all__ = ["Evaluation", "TabularClassifier", "evaluate", "load_model"]
