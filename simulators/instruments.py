"""What the sensors make of the truth: noise, resolution, and what goes wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from plantroom.domain.site import Point, PointKind, ValueType
from plantroom.simulators.faults import Fault, Values
from plantroom.simulators.machine import Value

Times: TypeAlias = npt.NDArray[np.int64]
Kept: TypeAlias = npt.NDArray[np.bool_]

INSTRUMENT_FAULTS: Final = frozenset({"stuck", "drift", "noise", "spikes", "gaps", "wrong_unit"})
"""What can go wrong with the sensor of any point that is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How well a quantity is usually measured in buildings."""

    share: float = 0.0
    """Standard deviation of what a reading is off, as a share of it."""
    offset: float = 0.0
    """The same in the point's unit."""
    digits: int = 3
    """Decimals that the device sends."""
    drift: float = 0.0
    """How far a failing sensor of this kind gets off at severity 1, in the point's unit."""
    drift_share: float = 0.25
    """The same as a share of the reading."""
    wrong: tuple[float, float] = (10.0, 0.0)
    """Factor and offset of the unit that devices are most often set to by mistake."""


ACCURACIES: Final[Mapping[str, Accuracy]] = {
    "degC": Accuracy(offset=0.05, digits=2, drift=4.0, drift_share=0.0, wrong=(1.8, 32.0)),  # °F
    "K": Accuracy(offset=0.05, digits=2, drift=3.0, drift_share=0.0, wrong=(1.8, 0.0)),
    "bar": Accuracy(share=0.003, digits=3, wrong=(100.0, 0.0)),  # kPa
    "Pa": Accuracy(share=0.005, offset=0.5, digits=1, wrong=(0.1, 0.0)),  # mm of water
    "m3/h": Accuracy(share=0.005, digits=2, wrong=(1 / 3.6, 0.0)),  # l/s
    "A": Accuracy(share=0.005, digits=2, wrong=(1000.0, 0.0)),  # mA
    "mA": Accuracy(share=0.01, digits=1, wrong=(0.001, 0.0)),
    "V": Accuracy(share=0.001, digits=1, wrong=(3**0.5, 0.0)),  # between phases
    "kW": Accuracy(share=0.005, digits=2, wrong=(1000.0, 0.0)),  # W
    "kvar": Accuracy(share=0.01, digits=2, wrong=(1000.0, 0.0)),
    "Hz": Accuracy(offset=0.005, digits=3, drift=1.0, drift_share=0.0),
    "mm/s": Accuracy(share=0.03, digits=2, wrong=(1 / 25.4, 0.0)),  # in/s
    "m/s": Accuracy(share=0.005, digits=3),
    "m/s2": Accuracy(share=0.03, digits=3, wrong=(1 / 9.81, 0.0)),  # g
    "m": Accuracy(offset=0.002, digits=3, drift=0.3, drift_share=0.0, wrong=(100.0, 0.0)),  # cm
    "mm": Accuracy(offset=0.2, digits=1, drift=5.0, drift_share=0.0, wrong=(0.1, 0.0)),
    "%": Accuracy(share=0.003, offset=0.05, digits=1, drift=12.0, drift_share=0.0, wrong=(0.01, 0.0)),
    "ppm": Accuracy(share=0.01, offset=5.0, digits=0, drift=300.0, drift_share=0.0),
    "h": Accuracy(digits=2),  # time is counted, not measured
    "": Accuracy(offset=0.002, digits=3, drift=0.1, drift_share=0.0),
}
"""By unit. Source: usual accuracies of building sensors (Pt1000 class A, transmitters of 0.5 %, meters of
class 0.5 or 1), taken as two standard deviations of their noise where makers state a limit."""
OTHERWISE: Final = Accuracy(share=0.005, digits=3)
EXACT: Final = Accuracy()
"""Of what is counted, commanded or a state."""
_FULL: Final = 100.0
_NOISE_FACTOR: Final = 15.0
_SPIKE_SHARE: Final = 0.02
"""Share of a spiking sensor's readings that are wild, at severity 1."""
_GAP_SHARE: Final = 0.9
"""Share of the readings that a sensor with gaps loses, at severity 1."""
_GAP_MS: Final = 120_000


def accuracy_of(point: Point) -> Accuracy | None:
    """Return how well `point` is measured; None for what is counted, commanded or a state."""
    if point.value_type is not ValueType.NUMBER or point.kind is not PointKind.MEASUREMENT:
        return None
    return ACCURACIES.get(point.unit, OTHERWISE)


def instrument_faults_of(point: Point) -> frozenset[str]:
    """Return what can go wrong with the sensor of `point`; only a measured number can be off."""
    return INSTRUMENT_FAULTS if accuracy_of(point) else frozenset({"stuck", "gaps"})


class Instrument:
    """The sensor of one point. The same seed, truth and faults give the same readings, block by block."""

    def __init__(self, asset: str, point: Point, *, seed: int) -> None:
        self.point = point
        self._accuracy = accuracy_of(point)
        self._numbers = np.random.default_rng((seed, crc32(f"{asset}/{point.name}".encode())))
        self._wild = np.random.default_rng((seed, crc32(f"{asset}/{point.name}/faults".encode())))
        self._positions = {state: float(number) for number, state in enumerate(point.states)}
        self._held = float("nan")

    def read(self, truth: Values, t: Values, faults: Sequence[Fault]) -> tuple[Values, Kept | None]:
        """Return the readings of `truth` at plant times `t` (s), and which are sent (None: all).

        All are float64 or bool of one shape; `truth` as `encode` returns it.
        """
        accuracy = self._accuracy or EXACT
        read = truth if self._accuracy is None else self._sense(truth, self._accuracy)
        kept = None
        for fault in faults:
            severity = fault.severities_at(t)
            if fault.fault == "gaps":
                kept = ~self._gaps(t, severity) if kept is None else kept & ~self._gaps(t, severity)
            else:
                read = self._fail(fault.fault, read, severity, accuracy)
        if len(read):
            self._held = float(read[-1])
        return np.round(read, accuracy.digits), kept

    def encode(self, values: Sequence[Value]) -> Values:
        """Return `values` as a column: false and true as 0 and 1, a state as its position."""
        if self._positions:
            return np.array([self._positions[str(value)] for value in values])
        return np.array(values, dtype=np.float64)

    def decode(self, number: float) -> Value:
        """Return one reading as a message shows it."""
        if self._positions:
            return self.point.states[int(number)]
        return bool(number) if self.point.value_type is ValueType.BOOLEAN else number

    def _sense(self, truth: Values, accuracy: Accuracy) -> Values:
        noise = self._numbers.standard_normal(len(truth))
        read = truth * (1 + accuracy.share * noise) + accuracy.offset * noise
        if self.point.low >= 0:  # a sensor of what cannot be negative shows nothing below 0
            read = np.where(truth >= 0, np.maximum(read, 0.0), read)
        if self.point.unit != "%":
            return read
        # Sensors of a percentage end where it does.
        return np.clip(read, 0.0, np.where(truth > _FULL, np.inf, _FULL))

    def _fail(self, fault: str, read: Values, severity: Values, accuracy: Accuracy) -> Values:
        if fault == "stuck":
            return self._stick(read, severity)
        if fault == "drift":
            return read + severity * (accuracy.drift + accuracy.drift_share * np.abs(read))
        if fault == "wrong_unit":
            factor, offset = accuracy.wrong
            return np.where(severity > 0, read * factor + offset, read)
        scale = accuracy.offset + accuracy.share * np.abs(read)
        if fault == "noise":
            return read + _NOISE_FACTOR * severity * scale * self._wild.standard_normal(len(read))
        chance, size = self._wild.random((len(read), 2)).T
        peak = (2 * size - 1) * (50 * scale + np.abs(read))
        return np.where(chance < _SPIKE_SHARE * severity, read + peak, read)

    def _stick(self, read: Values, severity: Values) -> Values:
        stuck = severity > 0
        if not stuck.any():
            return read
        first = int(np.argmax(stuck))
        before = float(read[first - 1]) if first else self._held
        return np.where(stuck, read[first] if np.isnan(before) else before, read)

    def _gaps(self, t: Values, severity: Values) -> Kept:
        """Return which readings are lost: whole spells of two minutes, drawn by their number."""
        spells = (t * 1000 // _GAP_MS).astype(np.int64)
        drawn = (spells * 2654435761 + crc32(self.point.name.encode())) % 1000 / 1000
        return np.asarray(drawn < _GAP_SHARE * severity)
