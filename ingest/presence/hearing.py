"""What has been heard of every asset, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from plantroom.ingest.presence.layout import Layout, Mask, Numbers, Times

NEVER: Final = -(2**60)
_A_DAY: Final = 86_400_000
_LONGEST: Final = 600_000
"""A value that comes seldom holds an asset online for so long, ms, or for ten times its usual pace."""
_PACES: Final = 10
_NONE, _ONLINE, _GONE, _DEAD = range(4)
"""What an asset last said of itself: nothing, `online`, `offline`, or that its Sparkplug device died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What comes of it; all of shape (assets,), times in ms of `OurClock`."""

    fresh: Times
    """Until when its readings, or those that come through it, hold; `NEVER` if there are none."""
    is_known: Mask
    """Whether anything was ever heard of it."""
    is_gone: Mask
    """Whether it said that it is offline, and was not heard since."""


class Hearing:
    """Remembers when each point last came, and what each asset last said of itself."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._points = np.full(len(layout.holds), NEVER, np.int64)
        self._arrived = np.zeros(layout.count, np.int64)
        """When it was last heard, ms since the epoch: finer than our steps."""
        self._word = np.zeros(layout.count, np.uint8)
        self._word_arrived = np.zeros(layout.count, np.int64)
        self.word_at = np.full(layout.count, NEVER, np.int64)
        """When it said what it last said of itself."""
        self._online_at = np.full(layout.count, NEVER, np.int64)
        """When it last said that it is online."""

    def hear(self, point: Numbers, time: Times, arrived: Times) -> None:
        """Take in readings in the order of their arrival."""
        self._points[point] = time
        self._arrived[self._layout.asset_of[point]] = arrived

    def is_news(self, point: Numbers, time: Times) -> Mask:
        """Return which readings are of points that do not belong to their asset's usual pace yet."""
        news: Mask = self._points[point] < time - _A_DAY
        return news

    def hear_word(self, asset: int, *, online: bool, is_death: bool, kept: bool, time: int, at: int) -> None:
        """Take in what `asset` said of itself at `time`, which arrived `at`; it may be a word kept long."""
        word = _ONLINE if online else _DEAD if is_death else _GONE
        is_gone = self._word[asset] >= _GONE and self._word_arrived[asset] >= self._arrived[asset]
        if (word == self._word[asset] and kept) or (is_gone and not online):
            return
        is_first = self._word[asset] == _NONE
        self._word[asset], self.word_at[asset], self._word_arrived[asset] = word, time, at
        if online and (is_first or not kept):
            self._online_at[asset] = time
            self._arrived[asset] = at

    def is_death(self, assets: Any) -> Mask:
        """Return which of `assets` last said that their Sparkplug device died."""
        death: Mask = self._word[assets] == _DEAD
        return death

    def sum_up(self) -> Heard:
        """Return what comes of all that."""
        layout = self._layout
        newest, fresh = self._of_points()
        last = np.maximum(newest, self._online_at)
        fresh = np.maximum(fresh, self._online_at + layout.patience)
        arrived = self._arrived.copy()
        for level in reversed(layout.levels):
            through = np.full((3, layout.count), NEVER, np.int64)
            for row, of_assets in zip(through, (last, fresh, arrived), strict=True):
                np.maximum.at(row, layout.gateway[level], of_assets[level])
            last, arrived = np.maximum(last, through[0]), np.maximum(arrived, through[2])
            # One that is measured itself is heard at its own pace, whatever slow point comes through it.
            through_it = np.where(newest > NEVER, through[0] + layout.patience, through[1])
            fresh = np.where(through[0] > NEVER, np.maximum(fresh, through_it), fresh)
        return Heard(
            fresh=fresh,
            is_known=(last > NEVER) | (self._word != _NONE),
            is_gone=(self._word >= _GONE) & (self._word_arrived >= arrived),
        )

    def _of_points(self) -> tuple[Times, Times]:
        """Return of each asset when a point last came, and until when its points hold."""
        layout = self._layout
        newest = np.full(layout.count, NEVER, np.int64)
        fresh = np.full(layout.count, NEVER, np.int64)
        if not len(layout.measured):
            return newest, fresh
        last = np.maximum.reduceat(self._points, layout.first_points)
        live = self._points > np.repeat(last - _A_DAY, layout.sizes)
        pace = np.minimum.reduceat(np.where(live, layout.holds, layout.holds.max()), layout.first_points)
        longest = np.repeat(np.maximum(_LONGEST, _PACES * pace), layout.sizes)
        until = self._points + np.minimum(layout.holds, longest)
        newest[layout.measured] = last
        fresh[layout.measured] = np.where(
            last > NEVER, np.maximum.reduceat(until, layout.first_points), NEVER
        )
        return newest, fresh

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Return what `restore` needs."""
        return {
            "points": self._points.copy(),
            "arrived": self._arrived.copy(),
            "word": self._word.copy(),
            "word_arrived": self._word_arrived.copy(),
            "word_at": self.word_at.copy(),
            "online_at": self._online_at.copy(),
        }

    def restore(
        self, kept: Mapping[str, npt.NDArray[Any]], *, points: npt.NDArray[Any], assets: npt.NDArray[Any]
    ) -> None:
        """Take up where `snapshot` left off; the numbers here of points and assets there, -1 for none."""
        self._points[points[points >= 0]] = kept["points"][points >= 0]
        known = assets >= 0
        for name, array in (
            ("arrived", self._arrived),
            ("word", self._word),
            ("word_arrived", self._word_arrived),
            ("word_at", self.word_at),
            ("online_at", self._online_at),
        ):
            array[assets[known]] = kept[name][known]
