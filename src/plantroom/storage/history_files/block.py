"""Rows of a file that were read together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import Quality, SampleBatch
from plantroom.domain.site import Point, ValueType

NO_QUALITY = 255
"""Stands for the quality of a row that says none."""
MISSING = frozenset({"", "-", "na", "n/a", "#n/a", "nan", "null", "none"})
"""Cells, in lower case, that say that there is no value."""
_CODES = {each.label: int(each) for each in Quality}
_BOOLEANS = {"false": 0.0, "true": 1.0}


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be taken."""

    line: int
    """Of the file, the first is 1; in Parquet the row, the first is 1."""
    reason: str
    text: str = ""
    """The row itself, where it is at hand."""


@dataclass(slots=True, kw_only=True)
class Block:
    """Samples of consecutive rows; all columns have shape (n,)."""

    line: npt.NDArray[np.int64]
    """As in `Reject`."""
    point: npt.NDArray[np.int32]
    """Number in the table."""
    ts: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]
    """`NO_QUALITY` where the row says none."""
    last_line: int
    """Of the rows read, the rejected ones included."""
    rejects: list[Reject] = field(default_factory=list)
    without_value: int = 0
    """Rows left out because they have neither value nor quality."""

    def __len__(self) -> int:
        return len(self.ts)

    def samples(self, table: PointTable) -> SampleBatch:
        """Return the rows as samples."""
        return as_history(table, point=self.point, ts=self.ts, value=self.value, quality=self.quality)


def as_history(
    table: PointTable,
    *,
    point: npt.NDArray[np.int32],
    ts: npt.NDArray[np.int64],
    value: npt.NDArray[np.float64],
    quality: npt.NDArray[np.uint8],
) -> SampleBatch:
    """Return columns of shape (n,) as samples: where `quality` is `NO_QUALITY`, history or out of range."""
    low = np.array([each.low for each in table.points])[point]
    high = np.array([each.high for each in table.points])[point]
    judged = np.full(len(ts), Quality.HISTORICAL, np.uint8)
    judged[(value < low) | (value > high)] = Quality.RANGE
    judged[~np.isfinite(value)] = Quality.NOT_A_NUMBER
    return SampleBatch(
        point=point,
        ts=ts,
        value=value,
        quality=np.where(quality == NO_QUALITY, judged, quality).astype(np.uint8),
        arrived=ts,
        message=np.arange(len(ts), dtype=np.int32),
    )


Row = tuple[int, int, int, float, int]
"""Line, point, ts, value and quality, as in `Block`."""


def gather(rows: Sequence[Row], *, last_line: int) -> Block:
    """Return rows as a block, without those that have neither value nor quality."""
    kept = [row for row in rows if row[4] != NO_QUALITY or not np.isnan(row[3])]
    line, point, ts, value, quality = zip(*kept, strict=True) if kept else ((),) * 5
    return Block(
        line=np.array(line, np.int64),
        point=np.array(point, np.int32),
        ts=np.array(ts, np.int64),
        value=np.array(value, np.float64),
        quality=np.array(quality, np.uint8),
        last_line=last_line,
        without_value=len(rows) - len(kept),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the rows of a file are to be understood."""

    table: PointTable
    """Numbers the points; rows of others are rejected."""
    read_time: Callable[[str], int]
    """Turns text into ms since the epoch; raises ValueError."""
    plain_utc: bool = True
    """Whether `read_time` takes RFC 3339 in UTC for what it is."""
    scale: npt.NDArray[np.float64]
    """What values are multiplied by to be in the unit of their point; shape (points,)."""
    offset: npt.NDArray[np.float64]
    """What is added to them then; shape (points,)."""
    separator: str = ","
    decimal_comma: bool = False

    def scaled(self, block: Block) -> Block:
        """Return `block` with its values in the units of their points."""
        block.value = block.value * self.scale[block.point] + self.offset[block.point]
        return block


def value_of(text: str, point: Point, *, decimal_comma: bool = False) -> float:
    """Return the number that a cell says: a number, true or false, or a state of the point; NaN where none.

    Raises:
        ValueError: it says none of these.
    """
    word = text.strip()
    if word.lower() in MISSING:
        return np.nan
    if point.value_type is ValueType.STATE and word in point.states:
        return float(point.states.index(word))
    if point.value_type is not ValueType.STATE and word.lower() in _BOOLEANS:
        return _BOOLEANS[word.lower()]
    # float() reads digits grouped by underscores, which no recorder writes.
    number = word.replace("_", "?").replace(",", "." if decimal_comma else ",")
    try:
        return float(number)
    except ValueError:
        raise ValueError(f"value is no number: {text!r}") from None


def quality_of(text: str) -> int:
    """Return the quality that a word or a number stands for; `NO_QUALITY` where there is none.

    Raises:
        ValueError: it stands for none.
    """
    word = text.strip().lower()
    if not word:
        return NO_QUALITY
    if word in _CODES:
        return _CODES[word]
    if word.isdecimal() and int(word) < NO_QUALITY:
        return int(word)
    raise ValueError(f"quality must be one of {', '.join(_CODES)}: {text!r}")
