"""The `sparkplug` section of site files: which edge nodes and devices are which assets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from plantroom.domain.site import Asset, Point, ValueType
from plantroom.domain.sparkplug import (
    DEFAULT_HOST,
    DEFAULT_REORDER,
    MetricPoint,
    Sparkplug,
    SparkplugDevice,
)
from plantroom.domain.suggestion import suggest
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields
from plantroom.storage.files.problems import Place

_UNKNOWN_METRICS: Final = {"report": False, "ignore": True}
_RESERVED: Final = frozenset("+#/")


def read_sparkplug(site: Fields, assets: Sequence[Asset], site_id: str) -> Sparkplug | None:
    """Return what a site with these assets says of Sparkplug, None if nothing."""
    if "sparkplug" not in site:
        site.know("sparkplug")
        return None
    fields = site.mapping("sparkplug")
    if fields is None:
        return None
    groups = tuple(dict.fromkeys(group for _, group in fields.listed("groups", _topic_level)))
    groups = groups if "groups" in fields else (site_id,)
    section = Sparkplug(
        host=fields.optional("host", _topic_level, DEFAULT_HOST),
        reorder=fields.optional("reorder", values.duration, DEFAULT_REORDER),
        groups=groups,
        devices=tuple(_read_devices(fields, {asset.id: asset for asset in assets}, groups)),
    )
    fields.finish()
    return section


def _read_devices(
    section: Fields, assets: Mapping[str, Asset], groups: Sequence[str]
) -> Iterator[SparkplugDevice]:
    first: dict[tuple[str, str, str], Place] = {}
    for fields in section.items("devices"):
        device = _read_device(fields, assets, groups)
        fields.finish()
        if device is None:
            continue
        key = (device.group, device.node, device.device)
        if key in first:
            fields.note(f"device {'/'.join(filter(None, key))} is already declared at {first[key]}")
        first.setdefault(key, fields.place)
        yield device


def _read_device(
    fields: Fields, assets: Mapping[str, Asset], groups: Sequence[str]
) -> SparkplugDevice | None:
    group = fields.optional("group", _topic_level, groups[0] if groups else "")
    node = fields.required("node", _topic_level)
    device = fields.optional("device", _topic_level, "")
    asset_id = fields.required("asset", values.text)
    asset = None if asset_id is None else assets.get(asset_id)
    if asset_id is not None and asset is None:
        fields.problem("asset", f"asset: unknown asset {asset_id!r}; {suggest(asset_id, assets)}")
    metrics = dict(_read_metrics(fields, {point.name: point for point in asset.points} if asset else None))
    ignores = fields.optional("unknown_metrics", _unknown_metrics, default=False)
    if not group:
        fields.note("group is missing")
    if node is None or asset is None or not group:
        return None
    return SparkplugDevice(
        group=group, node=node, device=device, asset=asset.id, metrics=metrics, ignores_unknown=ignores
    )


def _read_metrics(device: Fields, points: Mapping[str, Point] | None) -> Iterator[tuple[str, MetricPoint]]:
    """Yield the point of each metric; None as `points`: the asset is unknown, so nobody knows."""
    first: dict[str, Place] = {}
    for name, fields in device.entries("metrics", shorthand="point"):
        metric = _read_metric(fields, points)
        fields.finish()
        if metric is None:
            continue
        if metric.point in first:
            fields.note(f"point {metric.point} is already another metric's at {first[metric.point]}")
        first.setdefault(metric.point, fields.place)
        yield name, metric


def _read_metric(fields: Fields, points: Mapping[str, Point] | None) -> MetricPoint | None:
    name = fields.required("point", values.point_name)
    scale = fields.optional("scale", values.number, 1.0)
    offset = fields.optional("offset", values.number, 0.0)
    numbers = fields.numbers("states", values.text, values.number)
    point = None if name is None or points is None else points.get(name)
    if name is not None and points is not None and point is None:
        fields.problem("point", f"point: unknown point {name!r}; {suggest(name, points)}")
    if point is not None:
        _check_states(fields, point, numbers)
    if name is None:
        return None
    states = {number: state for state, number in numbers.items()}
    return MetricPoint(point=name, scale=scale, offset=offset, states=states)


def _check_states(fields: Fields, point: Point, numbers: Mapping[str, float]) -> None:
    if numbers and point.value_type is not ValueType.STATE:
        fields.problem("states", f"states: {point.name} is no point of named states")
        return
    for state in numbers:
        if state not in point.states:
            fields.problem("states", f"states: unknown state {state!r}; {suggest(state, point.states)}")
    if len(set(numbers.values())) < len(numbers):
        fields.problem("states", "states: expected another number for each")


def _topic_level(written: str) -> str:
    if not written.strip() or _RESERVED & set(written):
        raise ValueError(f"expected an id without +, # and /, got {written!r}")
    return written


def _unknown_metrics(written: str) -> bool:
    if written not in _UNKNOWN_METRICS:
        raise ValueError(f"expected one of {', '.join(_UNKNOWN_METRICS)}, got {written!r}")
    return _UNKNOWN_METRICS[written]
