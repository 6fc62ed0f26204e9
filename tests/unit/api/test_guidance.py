"""What the API says of an alarm's rule to whoever goes to look."""

from dataclasses import replace

import pytest

from plantroom.domain.expression.parser import parse
from plantroom.domain.rule import Rule, Source
from plantroom.domain.site import Point
from plantroom.domain.text import Text
from plantroom.storage.records import Records
from plantroom_testing.records import INSTALLATION, Api, activated

RULE = Rule(
    id="pump-vibration-high",
    asset_class="pump",
    when=parse("vibration > 4", points={"vibration": Point(name="vibration")}),
    causes=(Text(en="Worn bearing", zh="轴承磨损"), Text(en="Misalignment", zh="不对中")),
    actions=(Text(en="Check the grease", zh="检查润滑"), Text(en="Align the coupling", zh="对中")),
    source=Source(standard="ISO 10816-7", clause="zone B/C"),
)


@pytest.fixture
def api(embedded: Records) -> Api:
    return Api(
        embedded, installation=replace(INSTALLATION, rules={"riverside": (RULE,)}), expects_pipeline=False
    )


def test_an_alarm_tells_causes_and_actions_in_order_with_the_source_of_its_limit(api: Api) -> None:
    api.send(activated())

    guidance = api.get(f"alarms/{api.alarm()['id']}")["guidance"]

    assert [cause["en"] for cause in guidance["causes"]] == ["Worn bearing", "Misalignment"]
    assert [action["zh"] for action in guidance["actions"]] == ["检查润滑", "对中"]
    assert guidance["source"] == {"standard": "ISO 10816-7", "clause": "zone B/C", "verified": False}


def test_what_is_answered_to_a_write_tells_it_too(api: Api) -> None:
    api.send(activated())

    assert api.post(f"alarms/{api.alarm()['id']}/ack")["guidance"]["causes"] != []


def test_an_alarm_of_a_rule_that_no_file_has_tells_nothing(api: Api) -> None:
    api.send(activated(rule="gone"))

    assert api.get(f"alarms/{api.alarm()['id']}")["guidance"] is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_of_an_alarm_and_its_order_tell_it_in_the_readers_language(api: Api, language: str) -> None:
    api.send(activated())
    headers = {"accept-language": language}

    for path in (f"/web/alarms/{api.alarm()['id']}", "/web/work-orders/WO-1"):
        html = api.call("GET", path, headers=headers).text
        first = html.index("检查润滑" if language == "zh" else "Check the grease")
        assert first < html.index("对中" if language == "zh" else "Align the coupling")
        assert ("未核实" if language == "zh" else "not verified") in html


@pytest.mark.parametrize("path", ["alarms/none", "work-orders/WO-9", "assets/none"])
def test_a_page_of_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    assert api.call("GET", f"/web/{path}").status_code == 404
    assert 'action="/sign-in"' in api.call("GET", f"/{path}", role=None).text
