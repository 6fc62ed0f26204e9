import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plantroom.ingest.decode import (
    REFUSALS,
    Reading,
    Unreadable,
    decode_strictly,
    decode_tolerantly,
    instant,
)
from plantroom_testing.telemetry import NOW


def only_reading(payload: bytes) -> Reading:
    readings, reasons = decode_tolerantly(payload)
    assert reasons == []
    (reading,) = readings
    return reading


def only_reason(payload: bytes) -> str:
    readings, reasons = decode_tolerantly(payload)
    assert readings == []
    (reason,) = reasons
    return reason


def test_the_payload_of_the_contract_is_decoded_strictly():
    payload = b'{"ts": 1763750000000, "values": {"flow": 12.3, "running": true, "mode": "auto", "level": 3}}'

    reading = decode_strictly(payload)

    assert reading == Reading(
        values={"flow": 12.3, "running": True, "mode": "auto", "level": 3.0}, ts=1_763_750_000_000
    )


def test_an_array_is_decoded_to_its_readings_in_order():
    payload = b'[{"values": {"flow": 1}}, {"values": {"flow": 2}, "historical": true}]'

    readings = decode_strictly(payload)

    assert readings == [Reading(values={"flow": 1.0}), Reading(values={"flow": 2.0}, historical=True)]


def test_unknown_keys_are_passed_over():
    assert decode_strictly(b'{"values": {"flow": 1}, "seq": [1, {"x": 2}]}') == Reading(values={"flow": 1.0})


def test_the_last_of_equal_keys_counts():
    assert decode_strictly(b'{"values": {"flow": 1, "flow": 2}}') == Reading(values={"flow": 2.0})
    assert only_reading(b'{"values": {"flow": NaN, "flow": 2}}').values == {"flow": 2.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("NaN", math.nan, id="nan"),
        pytest.param("Infinity", math.inf, id="infinity"),
        pytest.param("-Infinity", -math.inf, id="minus infinity"),
        pytest.param("1e999", math.inf, id="beyond float64"),
        pytest.param("-1e999", -math.inf, id="below float64"),
        pytest.param("9" * 400, math.inf, id="an integer beyond float64"),
        pytest.param("-" + "9" * 400, -math.inf, id="an integer below float64"),
        pytest.param("[1, 2]", [1, 2], id="array"),
        pytest.param('{"a": 1}', {"a": 1}, id="object"),
    ],
)
def test_a_value_that_json_or_the_contract_does_not_have_is_still_a_value(text, expected):
    payload = f'{{"values": {{"flow": {text}, "pressure": 2}}}}'.encode()

    reading = only_reading(payload)

    assert repr(reading.values) == repr({"flow": expected, "pressure": 2.0})
    with pytest.raises(REFUSALS):
        decode_strictly(payload)


def test_a_byte_order_mark_is_no_mistake():
    assert only_reading(b'\xef\xbb\xbf{"values": {"flow": 1}}').values == {"flow": 1.0}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        pytest.param(b"", "payload is empty", id="empty"),
        pytest.param(b" \n", "payload is empty", id="blank"),
        pytest.param(b"garbage", "payload is not JSON", id="garbage"),
        pytest.param(b'{"values": {"flow": 1}', "payload is not JSON", id="cut off"),
        pytest.param(b'{"values": {"flow": 1}} x', "payload is not JSON", id="more after it"),
        pytest.param(
            b'{"values": {"flow": ' + b"9" * 5000 + b"}}", "payload is not JSON", id="endless number"
        ),
        pytest.param(b'{"values": {"\xff": 1}}', "payload is not UTF-8", id="not UTF-8"),
        pytest.param(b"[" * 1_000_000, "payload is nested too deeply", id="arrays without end"),
        pytest.param(b'{"a":' * 200_000, "payload is nested too deeply", id="objects without end"),
        pytest.param(b"12", "expected an object or an array of objects, got number", id="number"),
        pytest.param(b'"on"', "expected an object or an array of objects, got text", id="text"),
        pytest.param(b"null", "expected an object or an array of objects, got null", id="null"),
        pytest.param(b"[[]]", "expected an object or an array of objects, got array", id="array of arrays"),
        pytest.param(b"{}", "values: missing", id="no values"),
        pytest.param(b'{"values": null}', "values: expected an object, got null", id="values null"),
        pytest.param(b'{"values": [1]}', "values: expected an object, got array", id="values array"),
        pytest.param(
            b'{"values": {"flow": 1}, "historical": "yes"}',
            "historical: expected true or false, got text",
            id="historical text",
        ),
        pytest.param(
            b'{"values": {"flow": 1}, "ts": true}',
            "ts: expected integer milliseconds or RFC 3339 text with an offset",
            id="ts boolean",
        ),
        pytest.param(
            b'{"values": {"flow": 1}, "ts": NaN}',
            "ts: expected integer milliseconds or RFC 3339 text with an offset",
            id="ts not a number",
        ),
        pytest.param(
            b'{"values": {"flow": 1}, "ts": ' + b"9" * 400 + b"}",
            "ts: expected integer milliseconds or RFC 3339 text with an offset",
            id="ts beyond float64",
        ),
        pytest.param(
            b'{"values": {"flow": 1}, "ts": 1763750000}',
            "ts: before the year 2000 (seconds instead of milliseconds?)",
            id="ts in seconds",
        ),
        pytest.param(
            b'{"values": {"flow": 1}, "ts": 1763750000000000}',
            "ts: after the year 2099 (not milliseconds?)",
            id="ts in microseconds",
        ),
        pytest.param(
            b'{"values": {"flow": 1}, "ts": -1}',
            "ts: before the year 2000 (seconds instead of milliseconds?)",
            id="ts negative",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(payload, reason):
    assert only_reason(payload) == reason
    with pytest.raises(REFUSALS):
        decode_strictly(payload)


def test_the_good_readings_of_an_array_are_kept_and_each_bad_one_has_its_reason():
    readings, reasons = decode_tolerantly(b'[{"values": {"flow": 1}}, 7, {"values": {"flow": 2}}, {"ts": 1}]')

    assert [reading.values for reading in readings] == [{"flow": 1.0}, {"flow": 2.0}]
    assert reasons == ["expected an object or an array of objects, got number", "values: missing"]


def test_a_time_as_a_float_loses_its_fraction_of_a_millisecond():
    assert only_reading(b'{"values": {"flow": 1}, "ts": 1763750000000.9}').ts == NOW


def test_null_for_time_and_for_historical_is_as_if_they_were_not_there():
    assert decode_strictly(b'{"values": {"flow": 1}, "ts": null}') == Reading(values={"flow": 1.0})
    assert only_reading(b'{"values": {"flow": 1}, "historical": null}') == Reading(values={"flow": 1.0})


def test_where_arrival_is_the_time_a_live_reading_may_have_any_ts_and_a_historical_one_not():
    live = decode_tolerantly(b'{"values": {"flow": 1}, "ts": 12}', by_arrival=True)
    historical = decode_tolerantly(b'{"values": {"flow": 1}, "ts": 12, "historical": true}', by_arrival=True)

    assert live == ([Reading(values={"flow": 1.0})], [])
    assert historical == ([], ["ts: before the year 2000 (seconds instead of milliseconds?)"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2025-11-21T18:33:20Z", NOW, id="whole seconds"),
        pytest.param("2025-11-21T18:33:20.5Z", NOW + 500, id="fraction"),
        pytest.param("2025-11-21T18:33:20.123456789Z", NOW + 123, id="nanoseconds"),
        pytest.param("2025-11-22T02:33:20+08:00", NOW, id="offset"),
        pytest.param("2025-11-21t18:33:20z", NOW, id="small letters"),
        pytest.param(" 2025-11-21 18:33:20Z ", NOW, id="blanks"),
        pytest.param("2016-12-31T23:59:60Z", 1_483_228_800_000, id="leap second"),
        pytest.param("2017-01-01T07:59:60.5+08:00", 1_483_228_800_500, id="leap second with offset"),
    ],
)
def test_rfc_3339_text_is_a_time(text, expected):
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("yesterday", id="word"),
        pytest.param("2025-11-21T18:33:20", id="no offset"),
        pytest.param("2025-11-21", id="date"),
        pytest.param("2025-13-01T00:00:00Z", id="no such month"),
        pytest.param("1999-12-31T23:59:59Z", id="too old"),
        pytest.param("2100-01-01T00:00:00Z", id="too new"),
        pytest.param("0001-01-01T00:00:00+23:59", id="before all time"),
        pytest.param("2025-11-21T18:33:60:60Z", id="not quite a leap second"),
        pytest.param("2025-11-21T18:33:20" * 1000, id="long"),
        pytest.param("2025-W47-5T18:33:20Z", id="week"),
        pytest.param("20251121T183320Z", id="without marks"),
        pytest.param("2025-11-21T18:33:20+99:00", id="no such offset"),
        pytest.param("２０２５-11-21T18:33:20Z", id="wide digits"),
    ],
)
def test_text_that_is_no_time_of_this_age_is_refused(text):
    with pytest.raises(Unreadable, match=r"^ts: "):
        instant(text)


@given(st.text(alphabet="0123456789-:TZ+.6 ", max_size=40) | st.text())
def test_no_text_makes_reading_a_time_fail_otherwise(text):
    try:
        ms = instant(text)
    except Unreadable:
        return
    assert 946_684_800_000 <= ms <= 4_102_444_800_000


@given(st.binary())
def test_no_bytes_make_the_tolerant_decoder_fail(payload):
    readings, reasons = decode_tolerantly(payload)

    assert all(isinstance(reading, Reading) for reading in readings)
    assert all(reasons)


documents = st.fixed_dictionaries(
    {
        "values": st.dictionaries(
            st.text(max_size=5),
            st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.text(),
        )
    },
    optional={"ts": st.integers(946_684_800_000, 4_102_444_799_999), "historical": st.booleans()},
)


@given(documents)
def test_both_decoders_agree_on_what_the_contract_allows(document):
    payload = json.dumps(document).encode()

    try:
        strict = decode_strictly(payload)
    except REFUSALS:  # a lone surrogate
        assert "\\ud" in payload.decode()
        return
    assert [strict] == decode_tolerantly(payload)[0]
