"""How payloads of devices that do not speak our JSON become values of points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from plantroom.domain.json_path import WHOLE
from plantroom.domain.topic_pattern import TopicPattern

ASSET: Final = "asset"
"""The capture that names the asset."""
POINT: Final = "point"
"""The capture that names the point."""


class PayloadForm(Enum):
    """What a payload is."""

    JSON = "json"
    """A JSON document; a bare number is one too."""
    TEXT = "text"
    """UTF-8 text that is the value itself."""


class TimeForm(Enum):
    """How a time is written, where it is not by a pattern."""

    AUTO = "auto"
    """A number in ms, or RFC 3339 text, as in our own messages."""
    MILLISECONDS = "ms"
    """ms since the epoch."""
    SECONDS = "s"
    """s since the epoch, with or without a fraction."""
    RFC_3339 = "rfc3339"
    """Text with an offset."""


class Registers(Enum):
    """What a device keeps in one or more registers of 16 bits."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeField:
    """Where a reading says when it was measured."""

    path: str
    form: TimeForm = TimeForm.AUTO
    pattern: str = ""
    """For `strptime`; if not empty it stands for `form`."""
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Zone of times that a pattern without offset reads."""
    may_be_missing: bool = False
    """Whether a reading without a time is one of its arrival, and not a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPoint:
    """Where the value of a point stands, and what is to be done with it, in this order."""

    name: str
    path: str = WHOLE
    label: str = ""
    """What the capture `{point}` has for it; empty where the topic names no point."""
    registers: Registers | None = None
    low_word_first: bool = False
    """Whether the first register is the least significant."""
    bit: int | None = None
    """Which bit of the number it is, from 0, the least significant."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What each text, number (`1`) or boolean (`true`) stands for, as written; no others are taken."""
    scale: float = 1.0
    offset: float = 0.0
    """The value is `scale * number + offset`."""
    unit: str = ""
    """What that is in, if it is to be converted to the unit of the point; empty: it is not."""
    required: bool = False
    """Whether a reading without it is a mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadMapping:
    """How the messages on some topics become readings of one site's assets."""

    name: str
    """Unique in the installation."""
    topic: TopicPattern
    form: PayloadForm = PayloadForm.JSON
    keyed_by: str = ""
    """If not empty: the payload is an object, whose keys are this capture and whose values are documents."""
    when: str = ""
    """Path of what a document must have to be read; empty: all are."""
    each: str = ""
    """Path of an array with a reading in each element; empty: the document is the reading."""
    asset: str = "{asset}"
    """The asset's name, made of captures."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """Asset ids by such names; any other name is itself an id."""
    skips_unknown_assets: bool = False
    """Whether readings of assets that the site has not are passed over in silence."""
    time: TimeField | None = None
    by_arrival: bool = False
    """Whether arrival is the time, whatever the payload says."""
    points: tuple[MappedPoint, ...] = ()
    """Empty where `{point}` names any point of the asset."""
