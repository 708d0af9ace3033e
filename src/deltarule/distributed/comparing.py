"""Do all workers do the same? Asked before work starts: else they would train on a mixture."""

from collections.abc import Mapping
from typing import Any

from deltarule.distributed.communicator import Communicator
from deltarule.errors import WorkersDifferError

MOST_SHOWN = 60  # characters of a value


def require_same(communicator: Communicator, facts: Mapping[str, Any]) -> None:
    """Refuse to go on where these facts are not the same for all workers.

    Parameters
    ----------
    communicator : Communicator
    facts : mapping from what a message calls it to a value that can be compared

    Raises
    ------
    WorkersDifferError
        On every worker, naming the first difference, and between whom.
    """

    def compare(each: list[dict[str, Any]]) -> str | None:
        for worker, theirs in enumerate(each):
            for name in each[0] | theirs:
                if each[0].get(name) != theirs.get(name):
                    return (
                        f"Worker {worker} and worker 0 do not agree in {name}: "
                        f"{_shown(theirs.get(name))} and {_shown(each[0].get(name))}. All workers "
                        "need the same version, settings and data, on processors of one kind."
                    )
        return None

    difference = communicator.gather(lambda: dict(facts), compare)
    if difference is not None:
        raise WorkersDifferError(difference)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
