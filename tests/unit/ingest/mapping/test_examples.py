"""The shipped examples, with payloads as the vendors document them."""

from pathlib import Path

import pytest

from plantroom.ingest.intake import Intake
from plantroom.storage.files import load_installation
from plantroom_testing.mappings import message, reasons_of, values_of

FOLDER = Path(__file__).parents[4] / "examples/mappings"
ARRIVAL = 1_763_750_000_000

TASMOTA = (
    '{"Time":"2022-01-11T21:57:38","ENERGY":{"TotalStartTime":"2020-10-21T22:15:00","Total":3.705,'
    '"Yesterday":0.028,"Today":0.026,"Period":1,"Power":5,"ApparentPower":5,"ReactivePower":0,"Factor":1.00,'
    '"Voltage":233,"Current":0.021}}'
)
SHELLY_RPC = (
    '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus",'
    '"params":{"ts":1736603810.49,"switch:0":{"id":0,"output":true,"source":"HTTP_in","apower":42.5,'
    '"current":0.19}}}'
)
SHELLY_CLOUD = (
    '{"src":"shellyplus1pm-4417939341dc","dst":"shellyplus1pm-4417939341dc/events","method":"NotifyStatus",'
    '"params":{"ts":1736604020.06,"cloud":{"connected":true}}}'
)
SHELLY_STATUS = (
    '{"id":0, "source":"init", "output":false, "apower":0.0, "voltage":232.9, "current":0.000, '
    '"aenergy":{"total":6.532,"by_minute":[45.199,47.141,88.397],"minute_ts":1626935779},'
    '"temperature":{"tC":37.7, "tF":99.8}}'
)
THINGSBOARD = """{
  "Device A": [
    {"ts": 1483228800000, "values": {"temperature": 42, "humidity": 80}},
    {"ts": 1483228801000, "values": {"temperature": 43, "humidity": 82}}
  ],
  "Device B": [{"ts": 1483228800000, "values": {"temperature": 42, "humidity": 80}}]
}"""
MODBUS_METER = (
    '{"data":[17254,26214,16832,0,61536,65535,1,16960,65036],'
    '"buffer":{"type":"Buffer","data":[67,102,102,102]}}'
)
MODBUS_PUMP = '{"data":[5,345,65486],"buffer":{"type":"Buffer","data":[0,5,1,89,255,206]}}'

CASES = [
    (
        "zigbee2mqtt.yaml",
        "zigbee2mqtt/0x00158d0001dc126a",
        '{"temperature": 27.34, "humidity": 44.72}',
        ARRIVAL,
        {"ROOM-1/temperature": 27.34, "ROOM-1/humidity": 44.72},
    ),
    (
        "zigbee2mqtt.yaml",
        "zigbee2mqtt/corridor",
        '{"occupancy": true, "last_seen": "2025-11-21T19:33:19+01:00"}',
        ARRIVAL - 1000,
        {"ROOM-2/occupied": 1},
    ),
    (
        "zigbee2mqtt.yaml",
        "zigbee2mqtt/plug_1",
        '{"state": "ON", "power": 1250, "current": 5.4, "voltage": 231, "last_seen": 1763749990000}',
        1_763_749_990_000,
        {"P-1/running": 1, "P-1/power": 1.25, "P-1/current": 5.4},
    ),
    ("zigbee2mqtt.yaml", "zigbee2mqtt/ROOM-1", '{"action": "single"}', ARRIVAL, {}),
    ("zigbee2mqtt.yaml", "zigbee2mqtt/a lamp", '{"state":"ON","brightness":215}', ARRIVAL, {}),
    (
        "tasmota.yaml",
        "tele/tasmota_9C5F21/SENSOR",
        TASMOTA,
        1_641_934_658_000,
        {
            "METER-1/power": 0.005,
            "METER-1/energy": 3.705,
            "METER-1/power_factor": 1,
            "METER-1/voltage_l1": 233,
            "METER-1/current_l1": 0.021,
        },
    ),
    ("tasmota.yaml", "stat/sump/POWER", "ON", ARRIVAL, {"P-2/running": 1}),
    ("tasmota.yaml", "stat/sump/POWER", "OFF", ARRIVAL, {"P-2/running": 0}),
    ("shelly.yaml", "shellies/shellyem-B9F3C4/emeter/0/power", "1234.5", ARRIVAL, {"METER-2/power": 1.2345}),
    (
        "shelly.yaml",
        "shellies/shellyem-B9F3C4/emeter/0/voltage",
        "231.75",
        ARRIVAL,
        {"METER-2/voltage_l1": 231.75},
    ),
    ("shelly.yaml", "shellies/shellyem-B9F3C4/emeter/0/pf", "0.83", ARRIVAL, {"METER-2/power_factor": 0.83}),
    (
        "shelly.yaml",
        "shellies/shellyem-B9F3C4/emeter/0/total",
        "58412.3",
        ARRIVAL,
        {"METER-2/energy": 58.4123},
    ),
    ("shelly.yaml", "shellies/shellyem-B9F3C4/emeter/0/reactive_power", "3", ARRIVAL, {}),
    ("shelly.yaml", "shellies/shelly1pm-BA1936/relay/0", "on", ARRIVAL, {"P-3/running": 1}),
    ("shelly.yaml", "shellies/shelly1pm-BA1936/relay/0", "overpower", ARRIVAL, {"P-3/running": 0}),
    ("shelly.yaml", "shellies/shelly1pm-BA1936/relay/0/power", "740.00", ARRIVAL, {"P-3/power": 0.74}),
    (
        "shelly.yaml",
        "shellyplus1pm-4417939341dc/events/rpc",
        SHELLY_RPC,
        1_736_603_810_490,
        {"P-4/running": 1, "P-4/power": 0.0425, "P-4/current": 0.19},
    ),
    ("shelly.yaml", "shellyplus1pm-4417939341dc/events/rpc", SHELLY_CLOUD, ARRIVAL, {}),
    (
        "shelly.yaml",
        "shellyplus1pm-4417939341dc/status/switch:0",
        SHELLY_STATUS,
        ARRIVAL,
        {"P-4/running": 0, "P-4/power": 0, "P-4/current": 0},
    ),
    (
        "home-assistant.yaml",
        "homeassistant/sensor/ahu_1_supply_temperature/state",
        '"14.6"',
        ARRIVAL,
        {"AHU-1/supply_temp": 14.6},
    ),
    (
        "home-assistant.yaml",
        "homeassistant/sensor/ahu_1_return_temperature/state",
        '"77"',
        ARRIVAL,
        {"AHU-1/return_temp": 25},
    ),
    ("home-assistant.yaml", "homeassistant/fan/ahu_1/state", '"on"', ARRIVAL, {"AHU-1/running": 1}),
    ("home-assistant.yaml", "homeassistant/fan/ahu_1/percentage", "66", ARRIVAL, {"AHU-1/fan_speed": 66}),
    (
        "home-assistant.yaml",
        "homeassistant/fan/ahu_1/last_changed",
        '"2017-10-01T23:20:30.920969+00:00"',
        ARRIVAL,
        {},
    ),
    (
        "modbus-gateway.yaml",
        "modbus-iot/12/readInputRegisters",
        MODBUS_METER,
        ARRIVAL,
        {
            "METER-3/voltage_l1": 230.4,
            "METER-3/current_l1": 24,
            "METER-3/power": -4,
            "METER-3/energy": 8249.6,
            "METER-3/power_factor": -0.5,
        },
    ),
    (
        "modbus-gateway.yaml",
        "modbus-iot/5/readHoldingRegisters",
        MODBUS_PUMP,
        ARRIVAL,
        {"P-5/running": 1, "P-5/pressure": 3.45, "P-5/bearing_temp": -5},
    ),
    ("bare-values.yaml", "plant/P-6/flow", "12.5", ARRIVAL, {"P-6/flow": 12.5}),
    ("bare-values.yaml", "plant/P-6/running", "1", ARRIVAL, {"P-6/running": 1}),
    ("bare-values.yaml", "plant/TANK-1/cover_open", "off", ARRIVAL, {"TANK-1/cover_open": 0}),
    ("bare-values.yaml", "anlage/brunnenpumpe/durchfluss", " 2.5\n", ARRIVAL, {"P-6/flow": 9}),
    ("bare-values.yaml", "anlage/brunnenpumpe/laeuft", "ja", ARRIVAL, {"P-6/running": 1}),
]


@pytest.mark.parametrize(
    ("file", "topic", "payload", "ts", "values"),
    CASES,
    ids=[f"{file.removesuffix('.yaml')}-{topic}-{number}" for number, (file, topic, *_) in enumerate(CASES)],
)
def test_a_documented_payload_becomes_values(
    file: str, topic: str, payload: str, ts: int, values: dict[str, float]
) -> None:
    table = load_installation(sites=[FOLDER / file]).table

    taken = Intake(table).take([message(topic, payload, arrived=max(ts, 0))])

    assert values_of(table, taken) == pytest.approx(values, rel=1e-6)
    assert reasons_of(taken) == []
    assert set(taken.batch.ts.tolist()) <= {ts}


def test_a_thingsboard_message_holds_batches_of_several_devices() -> None:
    table = load_installation(sites=[FOLDER / "thingsboard-gateway.yaml"]).table

    taken = Intake(table).take([message("v1/gateway/telemetry", THINGSBOARD, arrived=1_483_228_801_500)])

    batch = taken.batch
    found = [
        ("/".join(table.keys[point]), ts - 1_483_228_800_000, value)
        for point, ts, value in zip(
            batch.point.tolist(), batch.ts.tolist(), batch.value.tolist(), strict=True
        )
    ]
    assert found == [
        ("AHU-2/return_temp", 0, 42.0),
        ("AHU-2/return_humidity", 0, 80.0),
        ("AHU-2/return_temp", 1000, 43.0),
        ("AHU-2/return_humidity", 1000, 82.0),
        ("AHU-3/return_temp", 0, 42.0),
        ("AHU-3/return_humidity", 0, 80.0),
    ]
    assert taken.letters == ()


def test_an_unavailable_entity_makes_its_point_unknown() -> None:
    table = load_installation(sites=[FOLDER / "home-assistant.yaml"]).table

    taken = Intake(table).take(
        [message("homeassistant/sensor/ahu_1_supply_temperature/state", '"unavailable"')]
    )

    assert [table.keys[point] for point in taken.batch.point] == [("AHU-1", "supply_temp")]
    assert taken.batch.quality.tolist() == [18]
    assert reasons_of(taken) == ["mapping ha-supply-temperature: supply_temp: expected a number, got text"]


def test_every_example_has_a_documented_payload() -> None:
    tested = {file for file, *_ in CASES} | {"thingsboard-gateway.yaml"}

    assert tested == {file.name for file in FOLDER.glob("*.yaml")}
