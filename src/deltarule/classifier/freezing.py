"""A network frozen when it is asked to predict: once, where nothing changes it any more."""

from typing import Any

from deltarule.engines import Engine, Frozen
from deltarule.network import Parameters


class FrozenOnce:
    """Gives a network as it is now.

    One that is being trained is frozen each time. One that is final is frozen when it is first
    asked for, until its numbers are handed out: whoever has them may change them.

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
        self._frozen: Frozen | None = None
        self.is_final = False

    def __call__(self) -> Frozen:
        """Return the network."""
        frozen = self._frozen if self.is_final else None
        if frozen is None:
            frozen = self._engine.freeze([self._parameters])
            self._frozen = frozen if self.is_final else None
        return frozen

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_frozen": None}  # a copy of the numbers; it is made again
