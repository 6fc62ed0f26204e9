"""Samples as InfluxDB's line protocol, column by column."""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from plantroom.domain.points import PointTable
from plantroom.domain.samples import FIRST_BAD, SampleBatch

BAD: Final = "_B"
"""Appended to a point's name: the field of its bad values. No point's name has a capital letter."""
QUALITY: Final = "_Q"
"""Appended to a point's name: the field of its qualities that are not good."""
WITHOUT_VALUE: Final = 256
"""Added to the quality of a sample that has no value."""
MAX_LINES: Final = 5_000
MAX_SAMPLES: Final = 25_000
"""Bounds of one request's body; a line is never divided."""


class LineEncoder:
    """Writes samples of one table's points as lines."""

    def __init__(self, table: PointTable) -> None:
        self._asset_of = table.asset_of
        self._heads = [
            b"%s,asset=%s,site=%s "
            % (_escaped(asset.asset_class, meaning=", "), _escaped(asset.id), _escaped(site.id))
            for asset, site in zip(table.assets, table.site_of, strict=True)
        ]
        names = [point.name.encode() for point in table.points]
        fields = {name: (b"%s=" % name, b"%s_B=" % name, b"%s_Q=" % name) for name in names}
        self._good = np.array([fields[name][0] for name in names], np.object_)
        self._bad = [fields[name][1] for name in names]
        self._quality = [fields[name][2] for name in names]

    def bodies(self, samples: SampleBatch, told: npt.NDArray[np.bool_]) -> Iterator[tuple[slice, bytes]]:
        """Give the rows and the lines of one request after another.

        Samples come ordered by time and point, without duplicates; `told` says which have their quality
        written, shape (n,).
        """
        starts = self._line_starts(samples)
        for rows in _requests(starts, len(samples)):
            own = starts[(starts >= rows.start) & (starts < rows.stop)] - rows.start
            yield rows, self._lines(samples.take(np.arange(rows.start, rows.stop)), told[rows], own)

    def lines_in(self, samples: SampleBatch) -> int:
        """Return how many lines `samples` make."""
        return len(self._line_starts(samples))

    def _line_starts(self, samples: SampleBatch) -> npt.NDArray[np.int64]:
        """Return the first row of each line: of each asset and time."""
        asset = self._asset_of[samples.point]
        begins = np.ones(len(samples), np.bool_)
        begins[1:] = (asset[1:] != asset[:-1]) | (samples.ts[1:] != samples.ts[:-1])
        return np.flatnonzero(begins)

    def _lines(
        self, samples: SampleBatch, told: npt.NDArray[np.bool_], starts: npt.NDArray[np.int64]
    ) -> bytes:
        """Return the lines of one request; `starts` are the rows that begin one."""
        before = [b","] * len(samples)
        assets = self._asset_of[samples.point[starts]].tolist()
        times = msgspec.json.encode(samples.ts[starts].tolist())[1:-1].split(b",")
        end = b""
        for row, asset, time in zip(starts.tolist(), assets, times, strict=True):
            before[row] = end + self._heads[asset]
            end = b" %s\n" % time
        parts: list[bytes] = [b""] * (3 * len(samples) + 1)
        parts[0:-1:3] = before
        parts[1::3] = self._good[samples.point].tolist()
        # The shortest text that reads back as the same number, as InfluxDB's parser takes it; NaN is "null".
        parts[2::3] = msgspec.json.encode(samples.value.tolist())[1:-1].split(b",")
        parts[-1] = end
        self._tell_qualities(samples, told, parts)
        return b"".join(parts)

    def _tell_qualities(self, samples: SampleBatch, told: npt.NDArray[np.bool_], parts: list[bytes]) -> None:
        """Change the `parts` of the samples that have more to them than a good value."""
        rows = np.flatnonzero(told)
        columns = (rows, samples.point[rows], samples.quality[rows], np.isnan(samples.value[rows]))
        for row, point, quality, without in zip(*(column.tolist() for column in columns), strict=True):
            if without:
                parts[3 * row + 1] = self._quality[point]
                parts[3 * row + 2] = b"%di" % (quality + WITHOUT_VALUE)
                continue
            if quality >= FIRST_BAD:
                parts[3 * row + 1] = self._bad[point]
            parts[3 * row + 2] += b",%s%di" % (self._quality[point], quality)


def _requests(starts: npt.NDArray[np.int64], samples: int) -> Iterator[slice]:
    """Divide `samples` rows at line starts into requests within the bounds."""
    bounds = np.append(starts, samples)
    line = 0
    while line < len(starts):
        first = int(bounds[line])
        full = int(np.searchsorted(bounds, first + MAX_SAMPLES, side="right")) - 1
        line = min(max(full, line + 1), line + MAX_LINES)
        yield slice(first, int(bounds[line]))


def _escaped(name: str, *, meaning: str = ", =") -> bytes:
    """Return `name` with a backslash before each character that has a `meaning` where it stands."""
    return "".join("\\" + letter if letter in meaning else letter for letter in name).encode()
