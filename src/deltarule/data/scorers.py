"""Names of scikit-learn's scorers, checked."""

from difflib import get_close_matches

from sklearn.metrics import get_scorer_names

from deltarule.errors import SettingError


def require_scorer(name: str, setting: str) -> None:
    """Refuse the name of a scorer that scikit-learn does not have.

    Raises
    ------
    SettingError
        Naming the closest ones.
    """
    names = get_scorer_names()
    if name not in names:
        close = get_close_matches(name, names, cutoff=0.3) or ["accuracy"]
        raise SettingError(
            f"{setting}={name!r} is none of scikit-learn's scorers. Did you mean "
            f"{' or '.join(map(repr, close))}? sklearn.metrics.get_scorer_names() has them all."
        )
