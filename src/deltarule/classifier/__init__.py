"""``MLPClassifier``: scikit-learn's contract, and nothing else.

``estimator.py`` the methods and attributes; ``plan.py`` what the parameters mean to the training
loop; ``split.py`` the rows that early stopping holds out.
"""

from deltarule.classifier.estimator import MLPClassifier

__all__ = ["MLPClassifier"]
