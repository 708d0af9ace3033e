"""Something that is not as it should be, and what to do about it."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Symptom:
    """What one sees who looks at the right place.

    Attributes
    ----------
    name : str
        In a word or two, such as "dead units".
    where : str
        "layer 2", "column 'id'", "row 17".
    told : str
        What was measured.
    advice : str
        What to do.
    rows : list of int
        Numbers of the rows concerned, the most striking first.
    """

    name: str
    where: str
    told: str
    advice: str
    rows: list[int] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able data."""
        return asdict(self)
