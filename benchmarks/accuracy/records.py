"""What a fit gave, one JSON object a line: a run that was killed goes on where it was."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.accuracy.splits import Part

Key = tuple[str, Part, int, str]


@dataclass(frozen=True)
class Record:
    """One fit of one contender.

    ``scores`` has the measures, ``fit_seconds`` and ``predict_seconds``; of a fit that failed it
    is empty, and ``failure`` says why.
    """

    data: str
    part: Part
    seed: int
    contender: str
    threads: int
    n_train: int = 0
    n_test: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    failure: str | None = None

    @property
    def key(self) -> Key:
        """What no two records of a file have in common; the later one counts."""
        return self.data, self.part, self.seed, self.contender


def read(path: Path) -> dict[Key, Record]:
    """Return a file's records; of a last line that was cut off, nothing."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1].splitlines()
    return {record.key: record for record in (Record(**json.loads(line)) for line in whole)}


def append(path: Path, record: Record) -> None:
    """Write a record behind the others, in place of a last line that was cut off."""
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(asdict(record)).encode() + b"\n")
