"""Records of an older version keep what they hold, on both databases."""

from contextlib import closing
from dataclasses import replace

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from plantroom.domain.alarm import alarm_id
from plantroom.domain.set_aside import SetAsideKind
from plantroom.storage.records import Records, open_records, set_asides
from plantroom.storage.records.database import connect
from plantroom.storage.records.migrate import SCRIPTS
from plantroom_testing.records import HOUR, MINUTE, START, Api, activated

OF_PUMP = {"site": "riverside", "asset": "P-101", "rule": "pump-vibration-high"}
ALARM = {
    **OF_PUMP,
    "id": "a" * 20,
    "severity": "warning",
    "grp": "bearing",
    "title_en": "High vibration",
    "title_zh": "",
    "re_alarm_ms": 24 * HOUR,
    "reopen_within_ms": HOUR,
    "active_since": START,
    "activated_at": START,
    "activations": 1,
    "active": True,
    "acknowledged": False,
    "point": "vibration",
    "unit": "mm/s",
    "reason": "",
}
SHELF = {**OF_PUMP, "until": START + HOUR, "reason": "vendor on site", "who": "Li Wei", "at": START}
ACTIVATION = {**OF_PUMP, "activated_at": START, "alarm_id": "a" * 20, "end_reason": ""}


def insert(records: Records, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    with records.write() as connection:
        connection.execute(
            text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row
        )


@pytest.fixture
def old_url(records_url: str) -> str:
    """Records of the first version with a shelved alarm."""
    with closing(Records(connect(records_url))) as records:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        with records.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
        for table, row in (("alarms", ALARM), ("activations", ACTIVATION), ("shelves", SHELF)):
            insert(records, table, row)
    return records_url


def test_a_shelf_of_the_first_version_still_holds(old_url: str) -> None:
    with closing(open_records(old_url)) as records, records.read() as connection:
        (each,) = set_asides.holding(connection, now=START)

    assert (each.kind, each.until, each.reason) == (SetAsideKind.SHELVED, START + HOUR, "vendor on site")
    assert (each.who, each.life_safety, each.one_shot) == ("Li Wei", True, False)


def test_an_alarm_of_the_first_version_goes_on(old_url: str) -> None:
    with closing(open_records(old_url)) as records:
        api = Api(records, expects_pipeline=False)

        assert api.alarm()["state"] == "shelved"
        assert api.alarm()["life_safety"] is False
        assert api.send(activated())["ignored"] == 0  # its text says more now
        assert api.post(f"alarms/{'a' * 20}/unshelve")["state"] == "active_unacked"


def test_an_alarm_of_the_first_version_can_be_a_root(old_url: str) -> None:
    name = alarm_id(**OF_PUMP, activated_at=START)
    with closing(open_records(old_url)) as records:
        api = Api(records, expects_pipeline=False)

        api.send(replace(activated(asset="F-1"), suppressed=True, cause=name))

        (consequence,) = api.alarms(asset="F-1")
        assert (consequence["state"], consequence["root_alarm"]) == ("suppressed", "a" * 20)
        assert api.get(f"alarms/{'a' * 20}")["consequences"] == 1


def test_activations_of_the_first_version_count_in_the_table(old_url: str) -> None:
    with closing(open_records(old_url)) as records:
        api = Api(records, expects_pipeline=False)
        api.clock.advance(MINUTE)

        assert api.get("alarm-performance")["alarms"] == 1
