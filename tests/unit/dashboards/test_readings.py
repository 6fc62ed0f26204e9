"""Panels of all machines of a class, from what the class says of its points."""

from plantroom.dashboards.plant import Plant
from plantroom.dashboards.readings import Readings
from plantroom.domain.text import Text
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation

PLANT = Plant(load_installation(sites=[SITE_FILE]))
QUESTION = Text(en="How is it?", zh="怎么样？")
NAME = Text(en="Name", zh="名称")


def readings(asset_class: str) -> Readings:
    return Readings(plant=PLANT, asset_class=asset_class)


def test_a_trend_has_the_unit_interval_and_limits_of_its_point() -> None:
    panel = readings("pump").trend("bearing_temp", QUESTION, read="highest").build("en")

    assert panel.targets is not None
    assert panel.field_config is not None
    assert [target.query for target in panel.targets] == [  # type: ignore[attr-defined] # of the SDK's base class
        'SELECT max("bearing_temp$max") FROM "$tier"."pump" WHERE "site" =~ /^${site:regex}$/ AND '
        '"asset" =~ /^${asset:regex}$/ AND $timeFilter GROUP BY time($__interval), "asset" fill(null)'
    ]
    defaults = panel.field_config.defaults
    assert (defaults.unit, defaults.decimals, panel.interval) == ("celsius", 1, "10s")
    assert defaults.thresholds is not None
    assert [step.value for step in defaults.thresholds.steps] == [None, 80, 95]
    assert panel.description is not None
    assert "> 80 degC" in panel.description


def test_a_limit_of_one_line_is_not_drawn_behind_others() -> None:
    fire = readings("fire_panel")

    alone = fire.trend("alarms", QUESTION)
    beside = fire.trends({"alarms": NAME, "disablements": NAME}, QUESTION, title=NAME)

    assert [limit.value for limit in alone.scale.limits] == [2]
    assert beside.scale.limits == []


def test_a_limit_of_all_lines_is_drawn() -> None:
    phases = {f"voltage_l{phase}": NAME for phase in (1, 2, 3)}

    panel = readings("generator").trends(phases, QUESTION, title=NAME)

    assert {limit.value for limit in panel.scale.limits} == {209, 253}


def test_few_limits_that_differ_are_lines_and_many_are_told_of() -> None:
    vibration = readings("pump").trend("vibration", QUESTION)
    neutral = readings("distribution_panel").trend("neutral_current", QUESTION)

    assert len(vibration.queries) == 5
    assert len(neutral.queries) == 1
    assert "differ between the machines" in neutral.question.en


def test_states_of_many_machines_get_room_to_be_read() -> None:
    few = readings("fire_panel").states("alarm", QUESTION)
    many = readings("sprinkler_line").state_rows(
        ("flow_alarm", "alarm_valve", "tamper", "trouble", "valve_open"), QUESTION, title=NAME
    )

    assert (few.height, many.height) == (8, 15)
