"""Mappings made ready: paths parsed, assets and points numbered, values to be converted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plantroom.domain.json_path import FAILURES, Path, compile_path
from plantroom.domain.mapping import POINT, MappedPoint, PayloadMapping
from plantroom.domain.points import PointTable
from plantroom.domain.site import Point, Site
from plantroom.ingest.dead_letters import LetterKind
from plantroom.ingest.decode import Unreadable
from plantroom.ingest.mapping.times import timer
from plantroom.ingest.mapping.values import Convert, converter
from plantroom.ingest.qualify import Misfit
from plantroom.ingest.routes import Places, Route, Routes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a mapping makes nothing of a topic."""

    kind: LetterKind
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A mapping is not about this, and says nothing of it."""


@dataclass(frozen=True, slots=True)
class _Value:
    """How one point's value is found."""

    name: str
    path: Path
    convert: Convert
    text: str
    required: bool

    def of(self, document: Any) -> Any:
        """Return the value in `document`, a `Misfit` where it is none, None where nothing is said."""
        raw = None
        try:
            raw = self.path(document)
            if raw is not None:
                return self.convert(raw)
        except Unreadable as error:
            return Misfit(str(error), raw)
        except FAILURES:
            return Misfit(f"{self.text} does not fit the payload", None)
        return Misfit(f"nothing at {self.text}", None) if self.required else None


class Target:
    """An asset whose values a mapping reads."""

    __slots__ = ("_all", "_names", "_places", "_values", "asset", "by_arrival")

    def __init__(self, route: Route, values: Sequence[_Value], *, by_arrival: bool) -> None:
        self.asset = route.asset
        self.by_arrival = by_arrival
        self._values = tuple(values)
        self._places: Places = route.places
        self._names = tuple(value.name for value in values)
        self._all = route.places.of(self._names)

    def read(self, document: Any) -> tuple[tuple[str, ...], bytes, list[Any]]:
        """Return names, places and values of what `document` says.

        Raises:
            Unreadable: nothing.
        """
        found = [value.of(document) for value in self._values]
        if None not in found:
            return self._names, self._all, found
        names = tuple(name for name, value in zip(self._names, found, strict=True) if value is not None)
        if not names:
            raise Unreadable(f"no point found: nothing at {', '.join(value.text for value in self._values)}")
        places = self._places.known(names) or self._places.of(names)
        return names, places, [value for value in found if value is not None]


class CompiledMapping:
    """One mapping, for the assets of its site."""

    def __init__(self, mapping: PayloadMapping, site: Site, table: PointTable, routes: Routes) -> None:
        self.mapping = mapping
        self.name = mapping.name
        self.when = compile_path(mapping.when) if mapping.when else None
        self.each = compile_path(mapping.each) if mapping.each else None
        self.time = timer(mapping.time)
        self._table = table
        self._routes = {asset.id: routes.by_asset[asset.id] for asset in site.assets}
        self._labels = {point.label: point for point in mapping.points if point.label}
        self._targets: dict[tuple[int, str], Target | Refusal] = {}
        """By asset number and what the topic has for the point."""
        self._values: dict[tuple[int, str], Sequence[_Value]] = {}

    def target(self, captures: Mapping[str, str]) -> Target | Refusal | Passed:
        """Return whose values these captures name."""
        name = self.mapping.asset.format_map(captures)
        asset = self.mapping.assets.get(name, name)
        route = self._routes.get(asset)
        if route is None:
            if self.mapping.skips_unknown_assets:
                return Passed()
            return Refusal(LetterKind.UNKNOWN_DEVICE, f"unknown asset {asset!r}")
        if POINT not in captures:
            return self._target(route, "", self.mapping.points)
        label = captures[POINT]
        if not self.mapping.points:
            return self._of_any_point(route, label)
        point = self._labels.get(label)
        return Passed() if point is None else self._target(route, label, (point,))

    def _target(self, route: Route, label: str, points: Sequence[MappedPoint]) -> Target | Refusal:
        key = (route.asset, label)
        if key not in self._targets:
            self._targets[key] = self._new_target(route, label, points)
        return self._targets[key]

    def _new_target(self, route: Route, label: str, points: Sequence[MappedPoint]) -> Target | Refusal:
        asset = self._table.assets[route.asset]
        # Assets that share their points share what is made ready for them.
        key = (id(asset.points), label)
        if key not in self._values:
            self._values[key] = self._ready(asset.points, points)
        values = self._values[key]
        if not values:
            return Refusal(LetterKind.TOPIC, f"asset {asset.id} has none of the points")
        return Target(route, values, by_arrival=route.by_arrival or self.mapping.by_arrival)

    @staticmethod
    def _ready(points: Sequence[Point], mapped_points: Sequence[MappedPoint]) -> Sequence[_Value]:
        known = {point.name: point for point in points}
        return [
            _Value(
                name=mapped.name,
                path=compile_path(mapped.path),
                convert=converter(mapped, known[mapped.name]),
                text=mapped.path,
                required=mapped.required,
            )
            for mapped in mapped_points
            if mapped.name in known
        ]

    def _of_any_point(self, route: Route, label: str) -> Target | Refusal:
        known = {point.name for point in self._table.assets[route.asset].points}
        if label in known:
            return self._target(route, label, (MappedPoint(name=label),))
        # The value goes on without a point, and is counted and told as those of our own messages are.
        value = _Value(label, compile_path("@"), lambda raw: raw, "@", required=False)
        return Target(route, (value,), by_arrival=route.by_arrival or self.mapping.by_arrival)
