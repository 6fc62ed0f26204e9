"""Mappings in site files."""

from pathlib import Path

import pytest

from plantroom.domain.mapping import MappedPoint, PayloadForm, Registers, TimeForm
from plantroom_testing.files import loaded, mistakes

SITE = """\
site: s
timezone: Asia/Shanghai
assets:
  - {id: P-1, class: pump, points: {mode: {states: [off, auto]}}}
  - {id: AHU-1, class: ahu}
mappings:
"""


def test_a_mapping_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    site = (
        SITE
        + """\
  - name: meters
    topic: "gw/+/{asset}"
    when: ok
    each: data
    assets: {one: P-1}
    unknown_assets: ignore
    time: {path: t, format: "%d.%m.%Y %H:%M"}
    clock: arrival
    points:
      flow: f
      pressure:
        {path: p, scale: 0.1, offset: 2, unit: kPa, registers: int16, word_order: low_first, required: true}
      mode: {path: m, values: {0: off, 1: auto}}
"""
    )

    [mapping] = loaded(tmp_path, site).table.sites[0].mappings

    assert (mapping.name, mapping.topic.filter, mapping.form) == ("meters", "gw/+/+", PayloadForm.JSON)
    assert (mapping.when, mapping.each, mapping.by_arrival) == ("ok", "data", True)
    assert (mapping.assets, mapping.skips_unknown_assets) == ({"one": "P-1"}, True)
    assert mapping.time is not None
    assert (mapping.time.form, mapping.time.pattern) == (TimeForm.AUTO, "%d.%m.%Y %H:%M")
    assert str(mapping.time.timezone) == "Asia/Shanghai"
    assert mapping.points == (
        MappedPoint(name="flow", path="f"),
        MappedPoint(
            name="pressure",
            path="p",
            scale=0.1,
            offset=2,
            unit="kPa",
            registers=Registers.INT16,
            low_word_first=True,
            required=True,
        ),
        MappedPoint(name="mode", path="m", values={"0": "off", "1": "auto"}),
    )


def test_the_topic_is_the_name_of_a_mapping_without_one(tmp_path: Path) -> None:
    site = SITE + "  - {topic: a/b, asset: P-1, points: {flow: f}}\n"

    [mapping] = loaded(tmp_path, site).table.sites[0].mappings

    assert mapping.name == "a/b"


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("{asset: P-1, points: {flow: f}}", "topic is missing"),
        (
            "{topic: a/#/b, asset: P-1, points: {flow: f}}",
            "topic: expected + to be a whole level and # the last one",
        ),
        (
            "{topic: '#', asset: P-1, points: {flow: f}}",
            "topic: expected a topic of others: '#' takes topics of",
        ),
        (
            "{topic: plantroom/v1/s/P-1/telemetry, asset: P-1, points: {flow: f}}",
            "topic: expected a topic of others",
        ),
        ("{topic: a, asset: P-1, points: {flow: f}, topik: b}", "unknown key 'topik'; did you mean topic?"),
        ("{topic: a, asset: P-9, points: {flow: f}}", "asset: unknown asset 'P-9'; did you mean P-1?"),
        (
            "{topic: a, points: {flow: f}}",
            "asset is missing: give its id, or capture it in the topic as {asset}",
        ),
        ("{topic: a, asset: 'P-{nr}', points: {flow: f}}", "asset: the topic captures no 'nr'"),
        (
            "{topic: 'a/{nr}', asset: 'P-{nr!r}', points: {flow: f}}",
            "asset: expected an id or captures in braces",
        ),
        ("{topic: 'a/{nr}', asset: 'P-{', points: {flow: f}}", "asset: expected an id or captures in braces"),
        ("{topic: 'a/{asset}', assets: {x: P-2}, points: {flow: f}}", "assets: x: unknown asset 'P-2'"),
        ("{topic: a, asset: P-1, assets: {x: P-1}, points: {flow: f}}", "assets: names go with captures"),
        ("{topic: a, asset: P-1}", "points is missing, and the topic does not capture {point}"),
        (
            "{topic: 'a/{asset}', points: {flw: f}}",
            "no asset of the site has a point 'flw'; did you mean flow?",
        ),
        ("{topic: a, asset: P-1, when: 'a..b', points: {flow: f}}", "when: not a JMESPath expression: "),
        ("{topic: a, asset: P-1, each: '[', points: {flow: f}}", "each: not a JMESPath expression: "),
        (
            "{topic: 'a/{point}', asset: P-1, points: {flow: {label: x}, pressure: {label: x}}}",
            "label: x is flow already",
        ),
        (
            "{topic: a, payload: xml, asset: P-1, points: {flow: f}}",
            "payload: expected one of json, text, got 'xml'",
        ),
        ("{topic: a, payload: text, asset: P-1, points: {flow: f}}", "path does not go with payload: text"),
        (
            "{topic: a, payload: text, asset: P-1, time: t, points: {flow: }}",
            "time does not go with payload: text",
        ),
        (
            "{topic: a, asset: P-1, time: {path: t, format: '%H:%M'}, points: {flow: f}}",
            "format: expected one of auto, ms, s",
        ),
        (
            "{topic: a, asset: P-1, time: {path: t, format: us}, points: {flow: f}}",
            "format: expected one of auto, ms, s",
        ),
        (
            "{topic: a, asset: P-1, time: {path: t, timezone: UTC}, points: {flow: f}}",
            "timezone goes with a format such as",
        ),
        ("{topic: a, asset: P-1, time: {format: s}, points: {flow: f}}", "path is missing"),
        (
            "{topic: a, asset: P-1, clock: sundial, points: {flow: f}}",
            "clock: expected one of device, arrival",
        ),
        (
            "{topic: 'a/{asset}', keyed_by: asset, points: {flow: f}}",
            "keyed_by: the topic captures asset already",
        ),
        (
            "{topic: a, asset: P-1, name: ' ', points: {flow: f}}",
            "name: expected a name of at most 100 characters",
        ),
    ],
)
def test_a_mistake_of_a_mapping_is_told_with_its_line(tmp_path: Path, mapping: str, message: str) -> None:
    found = mistakes(tmp_path, f"{SITE}  - {mapping}\n")

    assert any(each.startswith(f"site.yaml:7: {message}") for each in found), found


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ("flw: f", "P-1 has no point 'flw'; did you mean flow?"),
        ("flow: 'f['", "path: not a JMESPath expression: "),
        ("flow: 'summ(f)'", "path: not a JMESPath expression: no function summ; did you mean sum?"),
        ("flow: {}", "path is missing"),
        ("flow: {path: f, skale: 2}", "unknown key 'skale'; did you mean scale?"),
        ("flow: {path: f, scale: 0}", "scale: expected a number other than 0"),
        ("flow: {path: f, unit: bar}", "unit: bar cannot be converted to m3/h of flow: use scale"),
        ("running: {path: f, scale: 2}", "scale does not go with running, of type boolean"),
        ("running: {path: f, values: {ON: yes}}", "values: ON: expected true or false, got 'yes'"),
        ("mode: {path: f, values: {1: hand}}", "values: 1: expected one of off, auto, got 'hand'"),
        ("flow: {path: f, values: {low: x}}", "values: low: expected a number, got 'x'"),
        ("flow: {path: f, values: {low: 1}, scale: 2}", "scale does not go with values"),
        ("running: {path: f, bit: 64}", "bit: expected a bit from 0 to 63, got '64'"),
        ("flow: {path: f, bit: 1}", "bit goes with a point of type boolean, not number"),
        ("running: {path: f, bit: 1, values: {1: true}}", "values does not go with bit"),
        ("flow: {path: f, registers: int8}", "registers: expected one of int16"),
        ("flow: {path: f, word_order: low_first}", "word_order goes with registers"),
        ("flow: {path: f, label: x}", "label goes with a topic that captures {point}"),
    ],
)
def test_a_mistake_of_a_point_is_told_with_its_line(tmp_path: Path, points: str, message: str) -> None:
    found = mistakes(tmp_path, f"{SITE}  - {{topic: a, asset: P-1, points: {{{points}}}}}\n")

    assert any(each.startswith(f"site.yaml:7: {message}") for each in found), found


def test_mistakes_of_several_mappings_are_told_at_once_each_in_its_line(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        SITE + """\
  - topic: a
    asset: P-9
    points:
      flow: "f["
  - topic: a
    asset: P-1
    points:
      flw:
        path: f
""",
    )  # fmt: skip

    assert [each.split(": ")[0] for each in found] == [f"site.yaml:{line}" for line in (8, 10, 11, 14)]


def test_two_mappings_need_two_names(tmp_path: Path) -> None:
    same = "  - {topic: a, asset: P-1, points: {flow: f}}\n"

    [found] = mistakes(tmp_path, SITE + 2 * same)

    assert found.startswith("site.yaml:8: mapping a is already declared at ")
    assert found.endswith("site.yaml:7: name it")
