"""What a site file may say, and what is told when it says something else."""

from datetime import timedelta
from math import inf
from pathlib import Path

import pytest

from plantroom.domain.errors import FilesInvalid
from plantroom.domain.site import Asset, Point, PointKind, ValueType
from plantroom.domain.text import Text
from plantroom.storage.files import load_installation
from plantroom.storage.files.classes import shipped_classes
from plantroom_testing.files import loaded, mistakes, written

PUMP = "assets: [{id: P-1, class: pump}]"


def asset(folder: Path, lines: str) -> Asset:
    """Return the asset P-1 of class pump with further `lines`."""
    return loaded(folder, f"site: s\nassets:\n  - {{id: P-1, class: pump, {lines}}}\n").table.assets[0]


def point(folder: Path, name: str, fields: str) -> Point:
    """Return the point that `fields` declare for a pump."""
    points = asset(folder, f"points: {{{name}: {{{fields}}}}}").points
    return next(each for each in points if each.name == name)


def asset_mistakes(folder: Path, lines: str) -> list[str]:
    return mistakes(folder, f"site: s\nassets:\n  - {{id: P-1, class: pump, {lines}}}\n")


def test_the_site_of_the_contract_is_read(tmp_path: Path) -> None:
    site = loaded(
        tmp_path,
        """
        site: riverside
        name: {en: Riverside Plaza, zh: 江滨广场}
        timezone: Asia/Shanghai
        packs: [pump, ahu]
        assets:
          - {id: MDB-1, class: distribution_panel, name: {en: Main panel, zh: 总配电柜}}
          - {id: CHWS-1, class: chiller}
          - id: P-101
            class: pump
            location: B1/plant room
            parent: CHWS-1
            fed_by: [MDB-1]
            rated: {power_kw: 22, flow_m3h: 120}
            clock: arrival
        """,
    ).table.sites[0]

    assert (site.id, site.name.zh, site.timezone.key, site.packs) == (
        "riverside",
        "江滨广场",
        "Asia/Shanghai",
        ("pump", "ahu"),
    )
    pump = site.assets[2]
    assert (pump.id, pump.asset_class, pump.location, pump.parent) == (
        "P-101",
        "pump",
        "B1/plant room",
        "CHWS-1",
    )
    assert (pump.fed_by, pump.rated, pump.clock_by_arrival) == (
        ("MDB-1",),
        {"power_kw": 22.0, "flow_m3h": 120.0},
        True,
    )


def test_what_is_left_out_has_a_readable_default(tmp_path: Path) -> None:
    site = loaded(tmp_path, f"site: s\n{PUMP}\n").table.sites[0]

    assert site.name == Text(en="s")
    assert site.timezone.key == "UTC"
    assert site.assets[0].name == Text(en="P-1")
    assert not site.assets[0].clock_by_arrival


def test_one_text_serves_both_languages(tmp_path: Path) -> None:
    assert asset(tmp_path, "name: 主泵").name.in_language("en") == "主泵"


def test_assets_without_points_of_their_own_share_those_of_their_class(tmp_path: Path) -> None:
    first, second = loaded(
        tmp_path, "site: s\nassets:\n- {id: P-1, class: pump}\n- {id: P-2, class: pump}\n"
    ).table.assets

    assert first.points is second.points


def test_a_point_of_the_class_is_changed_in_what_is_written(tmp_path: Path) -> None:
    changed = point(tmp_path, "vibration", "max: 50, every: 2s")

    assert (changed.unit, changed.low, changed.high) == ("mm/s", 0.0, 50.0)
    assert changed.every == timedelta(seconds=2)
    assert changed.label.zh == "振动"


def test_a_changed_point_keeps_its_place(tmp_path: Path) -> None:
    names = [
        each.name for each in asset(tmp_path, "points: {flow: {every: 1s}, oil_temp: {unit: degC}}").measured
    ]

    assert names == [*(each.name for each in shipped_classes()["pump"].points), "oil_temp"]
    assert names[:2] == ["running", "flow"]


def test_a_range_in_another_unit_is_forgotten(tmp_path: Path) -> None:
    changed = point(tmp_path, "flow", "unit: l/min, max: 900")

    assert (changed.unit, changed.low, changed.high) == ("l/min", -inf, 900.0)


def test_a_new_point_is_a_measurement_unless_it_says_more(tmp_path: Path) -> None:
    new = point(tmp_path, "oil_temp", "unit: degC")

    assert (new.kind, new.value_type, new.label) == (
        PointKind.MEASUREMENT,
        ValueType.NUMBER,
        Text(en="oil temp"),
    )


def test_a_point_may_be_named_and_nothing_else(tmp_path: Path) -> None:
    points = (
        loaded(tmp_path, "site: s\nassets:\n  - id: P-1\n    class: pump\n    points:\n      oil_temp:\n")
        .table.assets[0]
        .measured
    )

    assert points[-1].name == "oil_temp"


def test_a_point_with_states_is_of_type_state(tmp_path: Path) -> None:
    new = point(tmp_path, "mode", "states: [off, on, 'null', 1, Stand-by]")

    assert (new.value_type, new.kind) == (ValueType.STATE, PointKind.STATUS)
    assert new.states == ("off", "on", "null", "1", "Stand-by")


def test_a_point_that_changes_its_type_keeps_no_unit_or_range(tmp_path: Path) -> None:
    changed = point(tmp_path, "vibration", "type: boolean")

    assert (changed.value_type, changed.unit, changed.low, changed.high) == (ValueType.BOOLEAN, "", -inf, inf)


def test_kinds_and_brick_classes_are_read(tmp_path: Path) -> None:
    new = point(tmp_path, "energy", "unit: kWh, kind: counter, brick: Energy_Sensor, label: {zh: 电能}")

    assert (new.kind, new.brick, new.label) == (PointKind.COUNTER, "Energy_Sensor", Text(zh="电能"))


def test_a_site_declares_classes_of_its_own(tmp_path: Path) -> None:
    installation = loaded(
        tmp_path,
        """
        site: s
        classes:
          fountain:
            label: {en: Fountain, zh: 喷泉}
            system: water
            points: {level: {unit: m, min: 0, max: 5}}
        assets: [{id: F-1, class: fountain}]
        """,
    )

    assert installation.classes["fountain"].label.zh == "喷泉"
    assert [each.name for each in installation.table.points] == ["level"]


def test_a_site_adds_points_to_a_shipped_class(tmp_path: Path) -> None:
    installation = loaded(
        tmp_path, f"site: s\nclasses: {{pump: {{points: {{oil_temp: {{unit: degC}}}}}}}}\n{PUMP}\n"
    )

    names = [each.name for each in installation.table.assets[0].measured]
    assert names == [*(each.name for each in shipped_classes()["pump"].points), "oil_temp"]
    assert installation.classes["pump"].label.zh == "水泵"


def test_classes_of_one_site_file_serve_all_sites(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\nassets: [{id: F-1, class: fountain}]\n")
    second = written(tmp_path, "b.yaml", "site: b\nclasses: {fountain: {points: {level: {}}}}\n")

    assert len(load_installation(sites=[first, second]).table) == 1


def test_several_sites_are_one_installation(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\nassets: [{id: P-1, class: pump}]\n")
    second = written(tmp_path, "b.yaml", "site: b\nassets: [{id: P-2, class: pump}]\n")

    table = load_installation(sites=[first, second, first]).table

    assert [site.id for site in table.site_of] == ["a", "b"]
    assert table.asset_number == {"P-1": 0, "P-2": 1}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("name: {en: }", "name: expected en, zh or both"),
        ("name: {en: Pump, fr: Pompe}", "unknown key 'fr'; known: en, zh"),
        ("name: [Pump]", "name: expected a mapping, got a list"),
        ("locaton: B1", "unknown key 'locaton'; did you mean location? known: "),
        ("parent: P-9", "parent: unknown asset 'P-9'; did you mean P-1? known: P-1"),
        ("parent: P-1", "parent: expected no circle, got P-1 -> P-1"),
        ("gateway: GW-9", "gateway: unknown asset 'GW-9'; known: P-1"),
        ("gateway: P-1", "gateway: expected no circle, got P-1 -> P-1"),
        ("offline_grace: 5", "offline_grace: expected a duration such as 30s, 10m, 2h or 1d, with its unit"),
        ("fed_by: MDB-1", "fed_by: expected a list, got 'MDB-1'"),
        ("fed_by: [[MDB-1]]", "fed_by: expected a value, got a list"),
        ("fed_by: [MDB-1]", "fed_by: unknown asset 'MDB-1'; known: P-1"),
        ("rated: 22", "rated: expected a mapping, got '22'"),
        ("rated: {power_kw: 22 kW}", "power_kw: expected a number, got '22 kW'"),
        ("rated: {power_kw: }", "power_kw is missing"),
        ("rated: {Power: 22}", "point must match [a-z][a-z0-9_]{0,63}: 'Power'"),
        ("clock: sundial", "clock: expected one of device, arrival, got 'sundial'"),
        ("points: [flow]", "points: expected a mapping, got a list"),
        ("points: {flow: 5}", "flow: expected a mapping, got '5'"),
        ("points: {Flow: {}}", "point must match [a-z][a-z0-9_]{0,63}: 'Flow'"),
        ("points: {flow: {min: 5, max: 5}}", "expected min below max, got min 5 and max 5"),
        ("points: {flow: {max: -600}}", "expected min below max, got min -500 and max -600"),
        ("points: {flow: {max: much}}", "max: expected a number, got 'much'"),
        ("points: {flow: {max: {}}}", "max: expected one value, got a mapping"),
        (
            "points: {flow: {every: 10}}",
            "every: expected a duration such as 30s, 10m, 2h or 1d, with its unit",
        ),
        ("points: {flow: {every: 0s}}", "every: expected a duration such as 30s, 10m, 2h or 1d, more than 0"),
        ("points: {flow: {type: float}}", "type: expected one of number, boolean, state, got 'float'"),
        (
            "points: {flow: {kind: sensor}}",
            "kind: expected one of measurement, status, counter, setpoint, command",
        ),
        (
            "points: {flow: {kind: derived}}",
            "flow: kind derived is for what models say, which no file declares",
        ),
        ("points: {flow: {type: state}}", "a point of type state needs its states"),
        ("points: {flow: {states: [a, b, a]}}", "states: given twice: a"),
        ("points: {flow: {states: [a], unit: bar}}", "unit does not go with type state"),
        ("points: {running: {wraps_at: 5}}", "wraps_at does not go with type boolean"),
        ("points: {flow: {wraps_at: 5}}", "wraps_at goes with kind counter only, not measurement"),
        ("points: {energy: {wraps_at: 0}}", "wraps_at: expected a number above 0, got 0"),
        ("points: {running: {max: 1}}", "max does not go with type boolean"),
        ("points: {running: {type: boolean, states: [a]}}", "states does not go with type boolean"),
        ("points: {flow: {type: number, states: [a]}}", "states does not go with type number"),
        ("points: {flow: {units: bar}}", "unknown key 'units'; did you mean unit"),
    ],
)
def test_a_mistake_of_an_asset_is_told_with_its_line(tmp_path: Path, lines: str, told: str) -> None:
    found = asset_mistakes(tmp_path, lines)

    assert [each for each in found if each.startswith(f"site.yaml:3: {told}")], found
    assert len(found) == 1


@pytest.mark.parametrize(
    ("site", "told"),
    [
        (PUMP, "site.yaml:1: site is missing"),
        (f"site:\n{PUMP}", "site.yaml:1: site is missing"),
        (
            f"site: my site\n{PUMP}",
            "site.yaml:1: site: site must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}: 'my site'",
        ),
        ("site: s\nassets:\n- {class: pump}", "site.yaml:3: id is missing"),
        ("site: s\nassets:\n- {id: P-1}", "site.yaml:3: class is missing"),
        ("site: s\nassets:\n- {id: P 1, class: pump}", "site.yaml:3: id: asset must match"),
        ("site: s\nassets:\n- {id: P-1, class: pmp}", "site.yaml:3: unknown class 'pmp'; did you mean pump"),
        ("site: s\nassets:\n- P-1", "site.yaml:3: assets: expected a mapping, got 'P-1'"),
        ("site: s\nassets: {P-1: pump}", "site.yaml:2: assets: expected a list, got a mapping"),
        ("site: s\nassets:\n- {id: plantroom, class: pump}", "site.yaml:3: asset id plantroom is kept for"),
        (
            "site: s\ntimezone: Asia/Shangai",
            "site.yaml:2: timezone: expected a time zone such as Asia/Shanghai, got",
        ),
        ("site: s\ntimezone: ../../etc", "site.yaml:2: timezone: expected a time zone"),
        ("site: s\npacks: pump", "site.yaml:2: packs: expected a list, got 'pump'"),
        (
            "site: s\npacks:\n- ahu\n- pumps",
            "site.yaml:4: unknown rule pack 'pumps'; did you mean pump or ups or sump? known: ahu",
        ),
        ("site: s\nasset: []", "site.yaml:2: unknown key 'asset'; did you mean assets or"),
        ("site: s\nclasses: {Big: {}}", "site.yaml:2: class must match"),
        ("site: s\nclasses: {big: {pointz: {}}}", "site.yaml:2: unknown key 'pointz'; did you mean points?"),
        (
            "site: s\nmappings:\n  - topic: 'gw/+/modbus/{asset}'",
            "site.yaml:3: points is missing, and the topic does not capture {point}",
        ),
        ("- id: x", "site.yaml:1: expected a site, a mapping with the key site, got a list"),
        ("pump", "site.yaml:1: expected a site, a mapping with the key site, got 'pump'"),
    ],
)
def test_a_mistake_of_a_site_is_told_with_its_line(tmp_path: Path, site: str, told: str) -> None:
    found = mistakes(tmp_path, site + "\n")

    assert len(found) == 1, found
    assert found[0].startswith(told)


def test_a_text_with_a_bare_comma_is_explained(tmp_path: Path) -> None:
    found = asset_mistakes(tmp_path, "name: {en: Pump 1, old}")

    assert found == ["site.yaml:3: unknown key 'old'; a text with a comma needs quotes, or known: en, zh"]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """
        site: s
        timezone: Mars/Olympus
        assets:
          - {id: P-1, class: pump, parent: P-7}
          - {id: P-1, class: pum}
          - {id: P-3, class: pump, points: {flow: {max: x}}}
        """,
        """
        - {id: a, class: pump, when: flw > 1}
        - {id: a, class: pump, when: flow > 1}
        """,
    )

    assert [each.partition(": ")[0] for each in found] == [
        "rules/rules.yaml:1",
        "rules/rules.yaml:2",
        "site.yaml:2",
        "site.yaml:4",
        "site.yaml:5",
        "site.yaml:6",
    ]


def test_an_asset_may_be_declared_once_in_an_installation(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\nassets: [{id: P-1, class: pump}]\n")
    second = written(tmp_path, "b.yaml", "site: b\nassets: [{id: P-1, class: pump}]\n")

    with pytest.raises(FilesInvalid) as caught:
        load_installation(sites=[first, second])

    assert str(caught.value) == f"{second}:2: asset P-1 is already declared at {first}:2"


def test_a_site_may_be_declared_once(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: s\n")
    second = written(tmp_path, "b.yaml", "site: s\n")

    with pytest.raises(FilesInvalid, match=f"{second}:1: site s is already declared at {first}:1"):
        load_installation(sites=[first, second])


def test_a_class_may_be_declared_once(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\nclasses: {fountain: {}}\n")
    second = written(tmp_path, "b.yaml", "site: b\nclasses: {fountain: {}}\n")

    with pytest.raises(FilesInvalid, match=f"{second}:2: class fountain is already declared at {first}:2"):
        load_installation(sites=[first, second])


def test_an_asset_of_another_site_is_no_parent(tmp_path: Path) -> None:
    first = written(tmp_path, "a.yaml", "site: a\nassets: [{id: P-1, class: pump}]\n")
    second = written(tmp_path, "b.yaml", "site: b\nassets: [{id: P-2, class: pump, parent: P-1}]\n")

    with pytest.raises(FilesInvalid, match="parent: P-1 is an asset of site a, not of this one"):
        load_installation(sites=[first, second])


@pytest.mark.parametrize("key", ["parent", "fed_by", "gateway"])
def test_a_circle_is_told_once(tmp_path: Path, key: str) -> None:
    def refer(name: str) -> str:
        return f"{key}: [{name}]" if key == "fed_by" else f"{key}: {name}"

    found = mistakes(
        tmp_path,
        f"""
        site: s
        assets:
          - {{id: A, class: pump, {refer("B")}}}
          - {{id: B, class: pump, {refer("C")}}}
          - {{id: C, class: pump, {refer("A")}}}
          - {{id: D, class: pump, {refer("A")}}}
        """,
    )

    assert found == [f"site.yaml:5: {key}: expected no circle, got A -> B -> C -> A"]


def test_two_feeders_of_one_machine_are_no_circle(tmp_path: Path) -> None:
    table = loaded(
        tmp_path,
        """
        site: s
        assets:
          - {id: A, class: distribution_panel}
          - {id: B, class: distribution_panel, fed_by: [A]}
          - {id: C, class: distribution_panel, fed_by: [A]}
          - {id: P, class: pump, fed_by: [B, C]}
        """,
    ).table

    assert table.assets[3].fed_by == ("B", "C")


def test_a_chain_as_long_as_the_site_is_walked(tmp_path: Path) -> None:
    lines = [f"- {{id: A-{n}, class: pump, parent: A-{n + 1}}}" for n in range(3000)]
    site = "site: s\nassets:\n" + "\n".join([*lines, "- {id: A-3000, class: pump}"])

    assert len(loaded(tmp_path, site + "\n").table.assets) == 3001


def test_ten_thousand_assets_are_read(tmp_path: Path) -> None:
    lines = [
        f"- {{id: P-{n}, class: pump, name: {{en: Pump {n}, zh: {n}号水泵}}, rated: {{power_kw: 22}}}}"
        for n in range(10_000)
    ]

    installation = loaded(tmp_path, "site: s\npacks: [pump]\nassets:\n" + "\n".join(lines) + "\n")

    assert len(installation.table.assets) == 10_000
    assert {id(each.points) for each in installation.table.assets} == {
        id(installation.table.assets[0].points)
    }
    assert installation.rules["s"]


def test_ten_thousand_wrong_references_are_told(tmp_path: Path) -> None:
    lines = [f"- {{id: P-{n}, class: pump, parent: Q-{n}}}" for n in range(10_000)]

    assert len(mistakes(tmp_path, "site: s\nassets:\n" + "\n".join(lines) + "\n")) == 10_000


def test_a_counter_may_say_where_it_wraps(tmp_path: Path) -> None:
    assert point(tmp_path, "energy", "wraps_at: 1e6").wraps_at == 1e6


def test_a_counter_in_another_unit_wraps_elsewhere(tmp_path: Path) -> None:
    pump = loaded(
        tmp_path,
        """
        site: s
        classes: {pump: {points: {energy: {wraps_at: 1000}}}}
        assets:
          - {id: P-1, class: pump, points: {energy: {every: 30s}}}
          - {id: P-2, class: pump, points: {energy: {unit: MWh}}}
          - {id: P-3, class: pump, points: {energy: {kind: measurement}}}
        """,
    ).table

    assert [pump.points[pump.number[asset, "energy"]].wraps_at for asset in ("P-1", "P-2", "P-3")] == [
        1000,
        None,
        None,
    ]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param("assets: [{id: A, class: fire_panel, points: {reset: {kind: command}}}]", id="asset"),
        pytest.param("classes: {elevator: {points: {door: {kind: command}}}}", id="shipped class"),
        pytest.param("classes: {hoist: {system: elevators, points: {go: {kind: command}}}}", id="own class"),
    ],
)
def test_a_command_on_a_life_safety_machine_is_refused(tmp_path: Path, lines: str) -> None:
    (mistake,) = mistakes(tmp_path, f"site: s\n{lines}\n")

    assert "are monitored only, kind command does not exist" in mistake
