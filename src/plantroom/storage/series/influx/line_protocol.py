"""Samples as InfluxDB's line protocol, column by column."""

import itertools
import math
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
"""Most lines in one request."""
MAX_BYTES: Final = 2_000_000
"""About the most bytes in one request, before they are compressed; a line is never divided."""
_NUMBER_BYTES: Final = 24
"""The longest number."""


class LineEncoder:
    """Writes samples of one table's points as lines."""

    def __init__(self, table: PointTable) -> None:
        self._asset_of = table.asset_of
        self._heads = [
            b"%s,asset=%s,site=%s "
            % (escaped(asset.asset_class, meaning=", "), escaped(asset.id), escaped(site.id))
            for asset, site in zip(table.assets, table.site_of, strict=True)
        ]
        names = [point.name.encode() for point in table.points]
        fields = {name: (b",%s=" % name, b"%s_B=" % name, b"%s_Q=" % name) for name in names}
        self._good = np.array([fields[name][0] for name in names], np.object_)
        self._bad = [fields[name][1] for name in names]
        self._quality = [fields[name][2] for name in names]
        self._head_bytes = np.array([len(head) + _NUMBER_BYTES for head in self._heads], np.int64)
        self._field_bytes = np.array([len(name) + _NUMBER_BYTES for name in names], np.int64)

    def bodies(
        self, samples: SampleBatch, told: npt.NDArray[np.bool_], *, most_bytes: int = MAX_BYTES
    ) -> Iterator[tuple[slice, bytes]]:
        """Give the rows and the lines of one request after another, all of about the same size.

        Samples come ordered by time and point, without duplicates; `told` says which have their quality
        written, shape (n,).
        """
        if not len(samples):
            return
        starts = self.line_starts(samples)
        share = np.maximum(self._bytes_of_lines(samples, starts) / most_bytes, 1 / MAX_LINES)
        bounds = np.append(starts, len(samples))
        for first, end in _requests(share):
            rows = slice(int(bounds[first]), int(bounds[end]))
            part = samples.take(np.arange(rows.start, rows.stop))
            yield rows, self._lines(part, told[rows], starts[first:end] - rows.start)

    def lines(self, samples: SampleBatch, told: npt.NDArray[np.bool_]) -> bytes:
        """Return all `samples` as lines; see `bodies`."""
        return self._lines(samples, told, self.line_starts(samples))

    def lines_in(self, samples: SampleBatch) -> int:
        """Return how many lines `samples` make."""
        return len(self.line_starts(samples))

    def line_starts(self, samples: SampleBatch) -> npt.NDArray[np.int64]:
        """Return the first row of each line: of each asset and time."""
        asset = self._asset_of[samples.point]
        begins = np.ones(len(samples), np.bool_)
        begins[1:] = (asset[1:] != asset[:-1]) | (samples.ts[1:] != samples.ts[:-1])
        return np.flatnonzero(begins)

    def _bytes_of_lines(self, samples: SampleBatch, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return how many bytes each line takes at most where no quality is told; shape (lines,)."""
        heads = self._head_bytes[self._asset_of[samples.point[starts]]]
        fields: npt.NDArray[np.int64] = np.add.reduceat(self._field_bytes[samples.point], starts)
        return heads + fields

    def _lines(
        self, samples: SampleBatch, told: npt.NDArray[np.bool_], starts: npt.NDArray[np.int64]
    ) -> bytes:
        """Return the lines of one request; `starts` are the rows that begin one."""
        fields = self._good[samples.point].tolist()
        assets = self._asset_of[samples.point[starts]].tolist()
        times = msgspec.json.encode(samples.ts[starts].tolist())[1:-1].split(b",")
        end = b""
        for row, asset, time in zip(starts.tolist(), assets, times, strict=True):
            fields[row] = end + self._heads[asset] + fields[row][1:]
            end = b" %s\n" % time
        parts: list[bytes] = [b""] * (2 * len(samples) + 1)
        parts[0:-1:2] = fields
        # The shortest text that reads back as the same number, as InfluxDB's parser takes it; NaN is "null".
        parts[1::2] = msgspec.json.encode(samples.value.tolist())[1:-1].split(b",")
        parts[-1] = end
        if told.any():
            self._tell_qualities(samples, told, parts)
        return b"".join(parts)

    def _tell_qualities(self, samples: SampleBatch, told: npt.NDArray[np.bool_], parts: list[bytes]) -> None:
        """Change the `parts` of the samples that have more to them than a good value."""
        rows = np.flatnonzero(told)
        columns = (rows, samples.point[rows], samples.quality[rows], np.isnan(samples.value[rows]))
        for row, point, quality, without in zip(*(column.tolist() for column in columns), strict=True):
            before = parts[2 * row][: 1 - len(self._good[point])]
            if without:
                parts[2 * row] = before + self._quality[point]
                parts[2 * row + 1] = b"%di" % (quality + WITHOUT_VALUE)
                continue
            if quality >= FIRST_BAD:
                parts[2 * row] = before + self._bad[point]
            parts[2 * row + 1] += b",%s%di" % (self._quality[point], quality)


def _requests(share: npt.NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Divide lines, each taking a `share` of a request, into as few requests as can be, all about as full."""
    total = float(share.sum())
    count = max(1, math.ceil(round(total, 6)))
    request = ((np.cumsum(share) - share) * (count / total) + 1e-9).astype(np.int64)
    firsts = np.flatnonzero(np.diff(request, prepend=-1)).tolist()
    return itertools.pairwise([*firsts, len(share)])


def escaped(name: str, *, meaning: str = ", =") -> bytes:
    """Return `name` with a backslash before each character that has a `meaning` where it stands."""
    return "".join("\\" + letter if letter in meaning else letter for letter in name).encode()
