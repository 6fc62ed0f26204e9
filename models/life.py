"""How many days a wearing point has until its limit, with an interval, or that this cannot be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from plantroom.domain.model import DAYS_TO_LIMIT, DAYS_TO_LIMIT_HIGH, DAYS_TO_LIMIT_LOW
from plantroom.models.detector import Arrays, Contribution, NotFittable, Scores, check_snapshot
from plantroom.models.frame import Floats, Frame, Mask, Members, Times
from plantroom.models.hours import HOUR_MS, Hours, medians
from plantroom.models.wear import WEAR, days_to_limit, present, steps, sum_up

SIDES: Final = {"high": 1.0, "low": -1.0}
LEAST_HOURS: Final = 24
"""Of a healthy machine, to know its level and its noise."""
LEAST_DAYS: Final = 3
"""That an hour of the day must have been seen to be known to differ."""
_LEAST_NOISE = 0.005
_TOLERANCE = 8.0
_DERIVED = (DAYS_TO_LIMIT_LOW, DAYS_TO_LIMIT, DAYS_TO_LIMIT_HIGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What a wearing point does, to be put into words; levels in the point's unit."""

    point: str
    level: float
    """Now, smoothed."""
    healthy: float
    limit: float
    per_day: float
    """Change in a day."""
    since: int
    """When it began, ms since the epoch."""
    days: float
    """Until the limit; NaN, as `low` and `high`: not estimable."""
    low: float
    high: float


class Life:
    """Watches one point wear from its healthy level to `limit`; it raises nothing by itself."""

    kind: ClassVar[str] = "life"
    derived: tuple[str, ...] = _DERIVED

    def __init__(self, *, points: Sequence[str], limit: float, side: str = "high") -> None:
        """Take the settings: `limit` in the point's unit, and the `side` on which it lies: high or low.

        Raises:
            ValueError: there is more than one point, or the side is neither.
        """
        self.points = tuple(points)
        if len(self.points) != 1:
            raise ValueError(f"life is of one point: {self.points}")
        if side not in SIDES:
            raise ValueError(f"side must be high or low: {side!r}")
        self.limit, self.side = float(limit), side
        self.level_ = self.noise_ = self.tolerance_ = np.nan
        self.profile_: Floats = np.zeros(24)

    def fit(self, healthy: Frame) -> Self:
        """Learn the healthy level, what the hours of the day add to it, and its noise from hour to hour.

        Raises:
            NotFittable: there are too few hours, the point stands still, or it is near its limit.
        """
        ts, values = _known(healthy.columns(self.points))
        hours, levels, _ = medians(ts, values)
        if len(hours) < LEAST_HOURS:
            raise NotFittable(f"{len(hours)} hours of {self.points[0]}, at least {LEAST_HOURS} are needed")
        if np.ptp(values) == 0:
            raise NotFittable(f"{self.points[0]} stands still at {values[0]:g}")
        self.level_ = float(np.median(levels))
        self.profile_ = _profile(hours, levels - self.level_)
        room = self._room
        rest = levels - self.level_ - self.profile_[hours % 24]
        self.noise_ = max(1.4826 * float(np.median(np.abs(rest))) / abs(room), _LEAST_NOISE)
        if room * SIDES[self.side] <= 0 or self.noise_ > 1 / 3:
            raise NotFittable(f"{self.points[0]} is {self.level_:g}, no way from its limit {self.limit:g}")
        self.tolerance_ = _TOLERANCE + 2 * _greatest_sum(rest / room / self.noise_)
        return self

    @property
    def _room(self) -> float:
        return self.limit - self.level_

    def score(self, frame: Frame) -> Scores:
        """Tell the days to the limit after each row that is known."""
        return self._replay(frame)[1]

    def wear(self, frame: Frame) -> Wear | None:
        """Say how the point has worn by the last of `frame`; none: it has not."""
        return self._replay(frame)[0].wear(0)

    def explain(self, frame: Frame) -> tuple[Contribution, ...]:
        """Say what the point is and was when healthy; nothing if it has not worn."""
        wear = self.wear(frame)
        if wear is None:
            return ()
        return (Contribution(point=wear.point, share=1.0, value=wear.level, expected=wear.healthy),)

    def _replay(self, frame: Frame) -> tuple["LifeBank", Scores]:
        """Go through the hours of `frame` as a bank would through its rows."""
        frame = frame.columns(self.points)
        bank = LifeBank([self])
        known = np.flatnonzero(_is_known(frame.values, frame.live))
        hours, levels, after = medians(*_known(frame))
        days = np.full((len(frame), len(_DERIVED)), np.nan)
        only = np.zeros(1, np.intp)
        for number, row in enumerate(after):
            bank.close(only, hours[number : number + 1], levels[number : number + 1])
            until = after[number + 1] if number + 1 < len(after) else len(known)
            days[known[row:until]] = bank.days(only)
        return bank, _scores(days)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the settings and what was learnt."""
        return {
            "texts": np.array([self.side, *self.points]),
            "numbers": np.array([self.limit, self.level_, self.noise_, self.tolerance_]),
            "profile": self.profile_,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Return the model that `to_arrays` kept.

        Raises:
            ValueError: `arrays` are none of this kind.
        """
        try:
            side, *points = (str(each) for each in arrays["texts"])
            limit, level, noise, tolerance = (float(each) for each in arrays["numbers"])
            profile = np.asarray(arrays["profile"], float)
        except KeyError as error:
            raise ValueError(f"no model of remaining life: {error} is missing") from error
        if profile.shape != (24,):
            raise ValueError(f"no model of remaining life: profile is of shape {profile.shape}")
        made = cls(points=points, limit=limit, side=side)
        made.level_, made.noise_, made.tolerance_, made.profile_ = level, noise, tolerance, profile
        return made

    @property
    def shape(self) -> tuple[int | str, ...]:
        """All share a bank."""
        return ()

    @classmethod
    def bank(cls, detectors: Sequence[Self]) -> "LifeBank":
        """Return a bank of fitted `detectors`, an asset each."""
        return LifeBank(detectors)


class LifeBank:
    """The wear of many assets."""

    def __init__(self, detectors: Sequence[Life]) -> None:
        self._detectors = tuple(detectors)
        self._level = np.array([each.level_ for each in detectors])
        self._room = np.array([each.limit - each.level_ for each in detectors])
        self._noise = np.array([each.noise_ for each in detectors])
        self._tolerance = np.array([each.tolerance_ for each in detectors])
        self._profile = np.array([each.profile_ for each in detectors]).reshape(-1, 24)
        self._hours = Hours(len(detectors))
        self._state = np.zeros(len(detectors), WEAR)
        self._days = np.full((len(detectors), len(_DERIVED)), np.nan)

    def push(self, member: Members, ts: Times, values: Floats, live: Mask) -> Scores:
        """Take the next row of each `member`; what it tells changes when an hour has ended."""
        known = _is_known(values, live)
        rows = member[known]
        self.close(*self._hours.push(rows, ts[known], values[known, 0]))
        days = np.full((len(member), len(_DERIVED)), np.nan)
        days[known] = self._days[rows]
        return _scores(days)

    def close(self, member: Members, hours: Times, levels: Floats) -> None:
        """Take the median level of an hour of each `member`."""
        if not len(member):
            return
        off = levels - self._level[member] - self._profile[member, hours % 24]
        # Beyond ten times the way to the limit nothing differs; an absurd value must not overflow.
        wear = np.clip(off / self._room[member], -10.0, 10.0)
        state, noise = self._state[member], self._noise[member]
        steps(state, (hours + 1) * HOUR_MS, wear, noise, self._tolerance[member])
        self._state[member] = state
        self._days[member] = days_to_limit(state, noise)

    def days(self, member: Members) -> Floats:
        """Return lower end, middle and upper end of the days to the limit; shape (members, 3)."""
        return np.asarray(self._days[member])

    def wear(self, member: int) -> Wear | None:
        """Say how the point of an asset has worn; none: it has not."""
        state = self._state[member : member + 1]
        if not state["alarmed"][0]:
            return None
        level, growth = present(state, self._noise[member : member + 1])
        detector, room = self._detectors[member], self._room[member]
        low, days, high = (float(each) for each in self._days[member])
        return Wear(
            point=detector.points[0],
            level=float(detector.level_ + level[0] * room),
            healthy=detector.level_,
            limit=detector.limit,
            per_day=float(growth[0] * room),
            since=int(state["since"][0]),
            days=days,
            low=low,
            high=high,
        )

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return the hours so far, the wear and what was told of it."""
        kept = {f"wear_{name}": self._state[name].copy() for name in WEAR.names or ()}
        return {**self._hours.snapshot(), **kept, "days": self._days.copy()}

    def restore(self, arrays: Arrays) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: it is none of a bank of this shape.
        """
        check_snapshot(arrays, self.snapshot())
        self._hours.restore(arrays)
        for name in WEAR.names or ():
            self._state[name] = arrays[f"wear_{name}"]
        self._days = arrays["days"].astype(np.float64)


def _is_known(values: Floats, live: Mask) -> Mask:
    return np.asarray(live & np.isfinite(values[:, 0]))


def _known(frame: Frame) -> tuple[Times, Floats]:
    """Return times and values of the rows of one point that may be judged."""
    known = _is_known(frame.values, frame.live)
    return frame.ts[known], frame.values[known, 0]


def _scores(days: Floats) -> Scores:
    derived = {name: days[:, number] for number, name in enumerate(_DERIVED)}
    return Scores(raw=np.full(len(days), np.nan), derived=derived)


def _profile(hours: Times, off: Floats) -> Floats:
    """Return what each hour of the day adds, where it has been seen on enough days; shape (24,)."""
    profile = np.zeros(24)
    for hour in range(24):
        seen = off[hours % 24 == hour]
        if len(seen) >= LEAST_DAYS:
            profile[hour] = np.median(seen)
    return profile


def _greatest_sum(standardised: Floats) -> float:
    """Return the greatest cumulative sum that the healthy hours themselves came to."""
    state = np.zeros(1, WEAR)
    greatest = 0.0
    for each in standardised:
        sum_up(state, np.array([each]), np.ones(1))
        greatest = max(greatest, float(state["above"][0]))
    return greatest
