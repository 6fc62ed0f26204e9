"""States in words and colours, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from plantroom.dashboards.colours import AT_REST, NORMAL, RUNNING, SEVERITY
from plantroom.domain.rule import Severity
from plantroom.domain.site import Point, ValueType
from plantroom.domain.text import Text

_INFO: Final = SEVERITY[Severity.INFO]
_WARNING: Final = SEVERITY[Severity.WARNING]
_MAJOR: Final = SEVERITY[Severity.MAJOR]
_CRITICAL: Final = SEVERITY[Severity.CRITICAL]


@dataclass(frozen=True, slots=True)
class Word:
    """What a value is called, and its colour."""

    text: Text
    colour: str


def _word(en: str, zh: str, colour: str) -> Word:
    return Word(Text(en=en, zh=zh), colour)


_STATES: Final[Mapping[str, Word]] = {
    "applied": _word("Applied", "抱闸", AT_REST),
    "auto": _word("Automatic", "自动", NORMAL),
    "battery": _word("On battery", "电池供电", _MAJOR),
    "bypass": _word("On bypass", "旁路", _MAJOR),
    "closed": _word("Closed", "关闭", AT_REST),
    "closing": _word("Closing", "正在关闭", NORMAL),
    "cooling": _word("Cooling", "制冷", RUNNING),
    "down": _word("Down", "下行", RUNNING),
    "fire": _word("Fire recall", "消防迫降", _CRITICAL),
    "heating": _word("Heating", "制热", RUNNING),
    "high": _word("High", "高速", RUNNING),
    "inspection": _word("Inspection", "检修", _INFO),
    "low": _word("Low", "低速", RUNNING),
    "mains": _word("Mains", "市电", NORMAL),
    "maintenance": _word("Maintenance", "维护", _INFO),
    "manual": _word("Manual", "手动", _WARNING),
    "medium": _word("Medium", "中速", RUNNING),
    "none": _word("None", "无", _CRITICAL),
    "normal": _word("Normal", "正常", NORMAL),
    "off": _word("Off", "关", AT_REST),
    "online": _word("On mains", "在线", NORMAL),
    "open": _word("Open", "打开", RUNNING),
    "opening": _word("Opening", "正在打开", NORMAL),
    "out_of_service": _word("Out of service", "停用", _MAJOR),
    "prohibited": _word("Prohibited", "禁止", _WARNING),
    "released": _word("Released", "松闸", RUNNING),
    "standby": _word("Stand-by", "备用", _INFO),
    "stopped": _word("Stopped", "停止", AT_REST),
    "test": _word("Test", "测试", _INFO),
    "up": _word("Up", "上行", RUNNING),
    "ventilation": _word("Ventilation", "通风", RUNNING),
}
"""The shipped classes' states; a site's own ones are shown as they are written."""

_MODES: Final[Mapping[str, Word]] = {**_STATES, "standby": _word("Stand-by", "待机", AT_REST)}
"""A machine that waits is at rest; a supply that is stand-by stands in for the mains."""

_RUNNING: Final = (_word("Stopped", "停止", AT_REST), _word("Running", "运行", RUNNING))
_GOOD: Final = (_word("No", "否", _MAJOR), _word("Yes", "是", NORMAL))
_BAD: Final = (_word("No", "否", NORMAL), _word("Yes", "是", _MAJOR))
_CIRCUIT: Final = (_word("Open", "断开", AT_REST), _word("Closed", "接通", NORMAL))
"""Opens with every door, which is no fault by itself."""
_PLAIN: Final = (_word("No", "否", AT_REST), _word("Yes", "是", RUNNING))
_GRAVEST: Final = (_word("No", "否", NORMAL), _word("Yes", "是", _CRITICAL))
_NOTED: Final = (_word("No", "否", NORMAL), _word("Yes", "是", _WARNING))

_BOOLEANS: Final[Mapping[str, tuple[Word, Word]]] = {
    **dict.fromkeys(
        (
            "breaker_closed", "energized", "power_available", "valve_open",
        ),
        _GOOD,
    ),
    **dict.fromkeys(("landing_doors_closed", "safety_circuit"), _CIRCUIT),
    **dict.fromkeys(("alarm", "entrapment", "overspeed", "safety_gear", "flow_alarm", "temp_trip"), _GRAVEST),
    **dict.fromkeys(
        (
            "demand", "fan_command", "linkage_feedback", "linkage_started", "occupied", "start_command",
            "supplies",
        ),
        _PLAIN,
    ),
    **dict.fromkeys(
        (
            "battery_low", "cover_open", "disabled", "door_obstructed", "door_open", "high_level",
            "low_level", "on_battery", "silenced", "supervisory", "tamper", "test_call_failed", "test_mode",
            "trouble",
        ),
        _NOTED,
    ),
}  # fmt: skip
"""Booleans that are neither a machine's running nor a fault."""


def words_of(point: Point) -> tuple[Word, ...]:
    """Return what the values 0, 1, ... of a state or boolean are called; empty: it is a number."""
    if point.value_type is ValueType.STATE:
        known = _MODES if point.name == "mode" else _STATES
        return tuple(known.get(name, Word(Text(en=name), NORMAL)) for name in point.states)
    if point.value_type is not ValueType.BOOLEAN:
        return ()
    return _RUNNING if point.name.endswith("running") else _BOOLEANS.get(point.name, _BAD)
