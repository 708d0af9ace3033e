"""A network frozen when it is asked to predict: once, where nothing changes it any more."""

from typing import Any

from deltarule.engines import Engine, Frozen
from deltarule.network import Parameters


class FrozenOnce:
    """Gives what predicts by a network as it is now, with the same bits in either case.

    One that may change, as it is being trained, is read where it is. One that is final is frozen
    when it is first asked for, until its numbers are handed out: whoever has them may change them.

    Parameters
    ----------
    engine : Engine
    parameters : Parameters

    Attributes
    ----------
    is_final : bool
    """

    def __init__(self, engine: Engine, parameters: Parameters) -> None:
        self._engine, self._parameters = engine, parameters
        self._kept: dict[bool, Frozen] = {}  # by whether it is final
        self.is_final = False

    def __call__(self) -> Frozen:
        """Return the network."""
        is_final = self.is_final
        frozen = self._kept.get(is_final)
        if frozen is None:
            frozen = self._engine.freeze([self._parameters], live=not is_final)
            self._kept[is_final] = frozen
        return frozen

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_kept": {}}  # copies of the numbers; they are made again
