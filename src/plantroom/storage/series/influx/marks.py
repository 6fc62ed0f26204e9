"""Where the store may hold a quality, so that good samples need not all say that they are good.

InfluxDB replaces field by field. A good sample that replaces one of another quality must reset the quality;
any other need not mention it, which halves what is sent and stored. So it is enough to know for each point
the time after which no quality has been written.
"""

import numpy as np
import numpy.typing as npt

from plantroom.domain.samples import Quality, SampleBatch


class QualityMarks:
    """For each point a time after which the store holds no quality for it.

    What is `found` in the store is complete from `since` (ms) on: earlier samples say their quality always.
    """

    def __init__(self, found: npt.NDArray[np.int64], *, since: int) -> None:
        self._last = found
        self._since = since

    def told(self, samples: SampleBatch) -> npt.NDArray[np.bool_]:
        """Return which of `samples` must have their quality written, shape (n,)."""
        told: npt.NDArray[np.bool_] = (
            (samples.quality != Quality.GOOD)
            | np.isnan(samples.value)
            | (samples.ts < self._since)
            | (samples.ts <= self._last[samples.point])
        )
        return told

    def note(self, samples: SampleBatch, told: npt.NDArray[np.bool_]) -> None:
        """Remember that the qualities of the samples `told` are about to be written."""
        unusual = told & ((samples.quality != Quality.GOOD) | np.isnan(samples.value))
        np.maximum.at(self._last, samples.point[unusual], samples.ts[unusual])
