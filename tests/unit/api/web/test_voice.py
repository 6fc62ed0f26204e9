import math
import re
from enum import Enum

import pytest

from plantroom.api.web.reader import SCRIPT_WORDS
from plantroom.api.web.render import STATIC
from plantroom.api.web.texts import WORDS
from plantroom.api.web.voice import Voice, choose_language, number
from plantroom.domain.alarm import AlarmState
from plantroom.domain.repair import Action
from plantroom.domain.rule import Severity
from plantroom.domain.site import Point, ValueType
from plantroom.domain.text import Text
from plantroom.domain.units import unit_sign
from plantroom.domain.work_order import Priority, WorkOrderStatus

ENGLISH, CHINESE = Voice(language="en"), Voice(language="zh")
RUNNING = Point(name="running", value_type=ValueType.BOOLEAN)
MODE = Point(name="mode", value_type=ValueType.STATE, states=("off", "auto", "manual"))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("zh;q=0.2, en;q=0.9", "en"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr,zh;q=0.5", "zh"),
        ("*", "en"),
        ("zh;q=nonsense,en", "en"),
    ],
)
def test_a_browser_is_answered_in_the_first_language_we_share(accepted: str, language: str) -> None:
    assert choose_language(wanted=None, accepted=accepted) == language


def test_a_reader_who_chose_is_not_asked_again() -> None:
    assert choose_language(wanted="zh", accepted="en") == "zh"


def test_a_choice_we_do_not_speak_is_no_choice() -> None:
    assert choose_language(wanted="xx", accepted="zh") == "zh"


@pytest.mark.parametrize("name", sorted(WORDS))
def test_every_text_takes_the_same_values_in_both_languages(name: str) -> None:
    english, chinese = (set(re.findall(r"\{(\w+)\}", text)) for text in (WORDS[name].en, WORDS[name].zh))

    assert english == chinese


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"asset.unknown"}))
def test_every_text_is_said_in_both_languages(name: str) -> None:
    assert WORDS[name].en.strip()
    assert WORDS[name].zh.strip()


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("severity", Severity),
        ("state", AlarmState),
        ("priority", Priority),
        ("status", WorkOrderStatus),
        ("action", Action),
    ],
)
def test_every_member_has_a_word(kind: str, members: type[Enum]) -> None:
    assert all(ENGLISH.member(kind, member) for member in members)


def test_the_page_hands_its_script_every_word_it_asks_for() -> None:
    script = "".join(path.read_text() for path in STATIC.glob("*.js"))

    asked = set(re.findall(r'say\(\s*"([\w.]+)"', script))

    assert asked
    assert asked <= set(SCRIPT_WORDS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (7.314, "7.31"), (-7.316, "-7.32"), (48.63, "48.6"), (230.4, "230"), (120001.2, "120001")],
)
def test_numbers_have_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_a_dash(value: float | None) -> None:
    assert ENGLISH.value(value) == "–"


@pytest.mark.parametrize(
    ("voice", "value", "text"), [(ENGLISH, 1, "on"), (ENGLISH, 0, "off"), (CHINESE, 1, "是")]
)
def test_a_boolean_is_a_word(voice: Voice, value: float, text: str) -> None:
    assert voice.value(value, RUNNING) == text


@pytest.mark.parametrize(("value", "text"), [(0, "off"), (2, "manual"), (3, "–"), (-1, "–")])
def test_a_state_is_its_name(value: float, text: str) -> None:
    assert ENGLISH.value(value, MODE) == text


def test_a_missing_language_falls_back_to_the_other_and_then_to_the_id() -> None:
    assert CHINESE.text(Text(en="Pump")) == "Pump"
    assert ENGLISH.text(Text(zh="水泵")) == "水泵"
    assert ENGLISH.text(Text(), otherwise="P-101") == "P-101"


@pytest.mark.parametrize(("written", "read"), [("degC", "°C"), ("m3/h", "m³/h"), ("bar", "bar"), ("", "")])
def test_units_are_written_as_people_write_them(written: str, read: str) -> None:
    assert unit_sign(written) == read
