import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.mqtt.sparkplug.payload import (
    DataType,
    Malformed,
    Metric,
    Payload,
    decode,
    encode,
    host_state,
    signed,
)
from plantroom.mqtt.sparkplug.schema import PayloadMessage

TYPED: dict[DataType, st.SearchStrategy[Any]] = {
    DataType.INT8: st.integers(-128, 127),
    DataType.INT16: st.integers(-(2**15), 2**15 - 1),
    DataType.INT32: st.integers(-(2**31), 2**31 - 1),
    DataType.INT64: st.integers(-(2**63), 2**63 - 1),
    DataType.UINT8: st.integers(0, 255),
    DataType.UINT32: st.integers(0, 2**32 - 1),
    DataType.UINT64: st.integers(0, 2**64 - 1),
    DataType.FLOAT: st.floats(width=32, allow_nan=False),
    DataType.DOUBLE: st.floats(allow_nan=False),
    DataType.BOOLEAN: st.booleans(),
    DataType.STRING: st.text(),
    DataType.DATE_TIME: st.integers(0, 2**63),
}
TIMES = st.none() | st.integers(0, 2**64 - 1)


@st.composite
def a_metric(draw: st.DrawFn) -> Metric:
    datatype = draw(st.sampled_from(list(TYPED)))
    return Metric(
        name=draw(st.none() | st.text(min_size=1)),
        alias=draw(st.none() | st.integers(0, 2**64 - 1)),
        value=draw(st.none() | TYPED[datatype]),
        ts=draw(TIMES),
        datatype=datatype,
        historical=draw(st.booleans()),
    )


@given(st.lists(a_metric(), max_size=5), TIMES, st.none() | st.integers(0, 255))
def test_a_payload_is_read_as_it_was_written(metrics, ts, seq):
    payload = Payload(metrics, ts=ts, seq=seq)

    assert decode(encode(payload)) == payload


@pytest.mark.parametrize(
    ("datatype", "sent", "meant"),
    [
        (DataType.INT8, 0xFF, -1),
        (DataType.INT8, 0xFFFF_FFFF, -1),
        (DataType.INT8, 0x7F, 127),
        (DataType.INT16, 0x8000, -32768),
        (DataType.INT32, 0xFFFF_FFFE, -2),
        (DataType.INT64, 2**64 - 5, -5),
        (DataType.UINT8, 0xFF, 255),
        (DataType.UNKNOWN, 0xFF, 255),
        (99, 7, 7),
    ],
)
def test_twos_complement_is_read_by_the_data_type(datatype, sent, meant):
    assert signed(sent, datatype) == meant


@pytest.mark.parametrize("value", [1.5, True, "text", None])
def test_only_integers_have_twos_complement(value):
    assert signed(value, DataType.INT8) is value


def test_a_null_is_a_null_whatever_stands_beside_it():
    message = PayloadMessage()
    message.metrics.add(name=b"flow", int_value=3, is_null=True)

    assert decode(message.SerializeToString()).metrics[0].value is None


@pytest.mark.parametrize("field", ["bytes_value", "dataset_value", "template_value", "extension_value"])
def test_what_cannot_be_a_reading_is_an_object(field):
    message = PayloadMessage()
    message.metrics.add(name=b"flow", **{field: b"\x08\x01"})

    assert decode(message.SerializeToString()).metrics[0].value == {}


def test_a_name_that_is_no_utf8_costs_one_metric_and_not_the_message():
    message = PayloadMessage()
    message.metrics.add(name=b"\xff", int_value=3)
    message.metrics.add(name=b"flow", int_value=4)

    assert [metric.name for metric in decode(message.SerializeToString()).metrics] == ["\ufffd", "flow"]


def test_fields_of_the_schema_that_are_not_used_are_passed_over():
    metric = bytes((0x0A, 0x04)) + b"flow" + bytes((0x4A, 0x03)) + b"\x0a\x01x" + bytes((0x50, 0x07))
    data = bytes((0x12, len(metric))) + metric + bytes((0x22, 0x02)) + b"id"

    assert [(each.name, each.value) for each in decode(data).metrics] == [("flow", 7)]


def decoded(data: bytes) -> Payload | Malformed:
    """Return what becomes of `data`."""
    try:
        return decode(data)
    except Malformed as error:
        return error


@given(st.binary())
def test_no_bytes_are_too_odd_to_be_looked_at(data):
    assert isinstance(decoded(data), Payload | Malformed)


@given(st.lists(a_metric(), min_size=1, max_size=3), st.data())
def test_a_payload_that_was_damaged_on_its_way_is_read_or_refused(metrics, data):
    written = bytearray(encode(Payload(metrics, ts=1, seq=1)))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] = data.draw(st.integers(0, 255))

    assert isinstance(decoded(bytes(written)), Payload | Malformed)


@pytest.mark.parametrize("value", ["text", {}])
def test_a_value_that_its_type_cannot_carry_is_not_written(value):
    with pytest.raises(ValueError, match="data type 17"):
        encode(Payload([Metric(name="flow", value=value, datatype=17)]))


def test_a_hosts_state_is_what_the_specification_shows():
    assert json.loads(host_state(online=True, ts=1668114759262)) == {
        "online": True,
        "timestamp": 1668114759262,
    }
