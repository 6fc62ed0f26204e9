"""Sparkplug payloads: bytes to metrics and back."""

import json
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from plantroom.mqtt.sparkplug.schema import DecodeError, PayloadMessage

BD_SEQ: Final = "bdSeq"
"""The metric by which a death is matched to its birth."""
REBIRTH: Final = "Node Control/Rebirth"
"""The metric that, set to true by a host, asks an edge node for its births again."""


class Malformed(ValueError):
    """The bytes are no Sparkplug payload."""


class DataType(IntEnum):
    """How a metric's value is to be understood (Sparkplug 3.0.0, 6.4.16), as far as it can be a reading."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATE_TIME = 13
    TEXT = 14


_BITS: Final[Mapping[int, int]] = {
    DataType.INT8: 8,
    DataType.INT16: 16,
    DataType.INT32: 32,
    DataType.INT64: 64,
}
_TEXTS: Final = frozenset({"string_value"})
_OPAQUE: Final = frozenset({"bytes_value", "dataset_value", "template_value", "extension_value"})

Value: TypeAlias = float | bool | str | dict[str, Any] | None
"""None is null; an empty dict stands for bytes, data sets and templates, which are no readings."""


class Metric(NamedTuple):
    """One value with its name, or with the alias that its birth gave it."""

    name: str | None = None
    alias: int | None = None
    value: Value = None
    ts: int | None = None
    """When it was measured, ms since the epoch, UTC."""
    datatype: int = 0
    """A `DataType` or another number; 0 where the message does not say, since its birth did."""
    historical: bool = False


class Payload(NamedTuple):
    """What one message carries."""

    metrics: Sequence[Metric] = ()
    ts: int | None = None
    """When it was sent, ms since the epoch, UTC."""
    seq: int | None = None
    """Its place among the edge node's messages, 0 to 255."""


def decode(data: bytes) -> Payload:
    """Return what `data` says.

    Raises:
        Malformed: it is no payload.
    """
    try:
        message = PayloadMessage.FromString(data)
    except DecodeError:
        raise Malformed("payload is not protobuf as Sparkplug defines it") from None
    return Payload(
        metrics=[_metric(metric) for metric in message.metrics],
        ts=message.timestamp if message.HasField("timestamp") else None,
        seq=message.seq if message.HasField("seq") else None,
    )


def encode(payload: Payload) -> bytes:
    """Return `payload` as bytes.

    Raises:
        ValueError: a value does not fit its data type.
    """
    message = PayloadMessage(timestamp=payload.ts, seq=payload.seq)
    for metric in payload.metrics:
        message.metrics.add(**_fields(metric))
    return bytes(message.SerializeToString())


def signed(value: Value, datatype: int) -> Value:
    """Return a number of a signed `datatype` with its sign, which the wire carries as two's complement.

    Senders fill up to 8, 16, 32 or 64 bits as they like; only those of the data type count.
    """
    if value.__class__ is not int or datatype not in _BITS:
        return value
    bits = _BITS[datatype]
    number = value & ((1 << bits) - 1)
    return number - (1 << bits) if number >> (bits - 1) else number


def _metric(message: Any) -> Metric:
    which = message.WhichOneof("value")
    value: Value = None
    if which is not None and not message.is_null:
        value = {} if which in _OPAQUE else getattr(message, which)
        if which in _TEXTS:
            value = value.decode("utf-8", "replace")  # type: ignore[union-attr]  # bytes by its datatype
    name = message.name
    return Metric(
        name.decode("utf-8", "replace") if name else None,
        message.alias if message.HasField("alias") else None,
        signed(value, message.datatype),
        message.timestamp if message.HasField("timestamp") else None,
        message.datatype,
        message.is_historical,
    )


def _fields(metric: Metric) -> dict[str, Any]:
    fields: dict[str, Any] = {"timestamp": metric.ts, "datatype": metric.datatype or None}
    if metric.name is not None:
        fields["name"] = metric.name.encode()
    fields["alias"] = metric.alias
    if metric.historical:
        fields["is_historical"] = True
    if metric.value is None:
        return {**fields, "is_null": True}
    field, value = _written(metric.value, metric.datatype)
    return {**fields, field: value}


def _written(value: Value, datatype: int) -> tuple[str, Any]:
    """Return the field of the wire that carries `value`, and what stands in it."""
    if datatype in (DataType.INT64, DataType.UINT64, DataType.DATE_TIME):
        return "long_value", int(value) & 0xFFFF_FFFF_FFFF_FFFF  # type: ignore[arg-type]  # a number by its datatype
    if DataType.INT8 <= datatype <= DataType.UINT32:
        return "int_value", int(value) & 0xFFFF_FFFF  # type: ignore[arg-type]  # likewise
    if datatype == DataType.FLOAT:
        return "float_value", value
    if datatype == DataType.DOUBLE:
        return "double_value", value
    if datatype == DataType.BOOLEAN:
        return "boolean_value", value
    if datatype in (DataType.STRING, DataType.TEXT) and isinstance(value, str):
        return "string_value", value.encode()
    raise ValueError(f"no metric of data type {datatype} can be written with value {value!r}")


def host_state(*, online: bool, ts: int) -> bytes:
    """Return the payload of a host's STATE (6.4.26); `ts` in ms, the same in a birth and its Will."""
    return json.dumps({"online": online, "timestamp": ts}).encode()
