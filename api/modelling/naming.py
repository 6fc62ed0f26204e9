"""What people call the points that models read."""

from typing import Final

from plantroom.domain.points import PointTable
from plantroom.domain.site import Asset, Point, ValueType
from plantroom.domain.text import Text
from plantroom.models.outline import source_of
from plantroom.models.words import Named

_OFF_ON: Final = (Text(en="off", zh="否"), Text(en="on", zh="是"))


def named(table: PointTable, asset: Asset, name: str) -> Named:
    """Return what people call a point of a model of `asset`; another asset's with the name of that."""
    number = table.number.get(source_of(asset, name))
    if number is None:
        return Named(label=Text(en=name, zh=name))
    point, other = table.points[number], table.assets[table.asset_number[table.keys[number][0]]]
    label = Text(
        en=point.label.in_language("en") or point.name, zh=point.label.in_language("zh") or point.name
    )
    if other.id != asset.id:
        en, zh = (other.name.in_language(language) or other.id for language in ("en", "zh"))
        label = Text(en=f"{label.en} of {en}", zh=f"{zh}{label.zh}")
    return Named(label=label, unit=point.unit, states=_states(point))


def _states(point: Point) -> tuple[Text, ...]:
    if point.value_type is ValueType.BOOLEAN:
        return _OFF_ON
    return tuple(Text(en=state, zh=state) for state in point.states)
