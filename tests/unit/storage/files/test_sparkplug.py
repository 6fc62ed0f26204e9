from datetime import timedelta
from pathlib import Path

import pytest

from plantroom.domain.errors import FilesInvalid
from plantroom.domain.site import Site
from plantroom.domain.sparkplug import MetricPoint, Sparkplug, SparkplugDevice
from plantroom.storage.files import load_installation

HEAD = """
site: {site}
assets:
  - {{id: {site}-1, class: pump}}
  - {{id: {site}-2, class: elevator}}
"""


def load(tmp_path: Path, *sections: str) -> tuple[Site, ...]:
    """Return the sites `s0`, `s1`, ... with these sections."""
    paths = []
    for number, section in enumerate(sections):
        path = tmp_path / f"s{number}.yaml"
        path.write_text(HEAD.format(site=f"s{number}") + section, encoding="utf-8")
        paths.append(path)
    return load_installation(sites=paths).table.sites


def mistakes(tmp_path: Path, *sections: str) -> list[str]:
    """Return what is wrong with them."""
    with pytest.raises(FilesInvalid) as raised:
        load(tmp_path, *sections)
    return [problem.message for problem in raised.value.problems]


def test_a_site_without_the_section_has_no_sparkplug(tmp_path):
    assert load(tmp_path, "")[0].sparkplug is None


def test_an_empty_section_takes_the_sites_id_as_group(tmp_path):
    (site,) = load(tmp_path, "sparkplug: {host: plantroom}")

    assert site.sparkplug == Sparkplug(groups=("s0",))


def test_everything_that_can_be_said_is_read(tmp_path):
    (site,) = load(
        tmp_path,
        """
sparkplug:
  host: duty
  reorder: 500ms
  groups: [building, annex]
  devices:
    - node: gateway
      device: drive 7
      asset: s0-1
      unknown_metrics: ignore
      metrics:
        Q: flow
        Bearing/Temp F: {point: bearing_temp, scale: 0.5, offset: -17}
    - group: lifts
      node: lift
      asset: s0-2
      metrics:
        Mode: {point: mode, states: {normal: 0, inspection: 1}}
""",
    )

    assert site.sparkplug == Sparkplug(
        host="duty",
        reorder=timedelta(milliseconds=500),
        groups=("building", "annex"),
        devices=(
            SparkplugDevice(
                group="building",
                node="gateway",
                device="drive 7",
                asset="s0-1",
                ignores_unknown=True,
                metrics={
                    "Q": MetricPoint(point="flow"),
                    "Bearing/Temp F": MetricPoint(point="bearing_temp", scale=0.5, offset=-17.0),
                },
            ),
            SparkplugDevice(
                group="lifts",
                node="lift",
                asset="s0-2",
                metrics={"Mode": MetricPoint(point="mode", states={0.0: "normal", 1.0: "inspection"})},
            ),
        ),
    )


@pytest.mark.parametrize(
    ("device", "mistake"),
    [
        ("{node: g, asset: s0-9}", "asset: unknown asset 's0-9'"),
        ("{node: a/b, asset: s0-1}", "node: expected an id without +, # and /, got 'a/b'"),
        ("{asset: s0-1}", "node is missing"),
        ("{node: g, asset: s0-1, metrics: {Q: flaw}}", "point: unknown point 'flaw'; did you mean flow?"),
        ("{node: g, asset: s0-1, metrics: {Q: flow, R: flow}}", "point flow is already another metric's"),
        ("{node: g, asset: s0-1, metrics: {Q: {point: flow, scale: x}}}", "scale: expected a number"),
        ("{node: g, asset: s0-1, metrics: {Q: {point: flow, states: {on: 1}}}}", "states: flow is no point"),
        ("{node: g, asset: s0-2, metrics: {Q: {point: mode, states: {nomal: 1}}}}", "states: unknown state"),
        (
            "{node: g, asset: s0-2, metrics: {Q: {point: mode, states: {normal: 1, fire: 1}}}}",
            "states: expected another number for each",
        ),
        ("{node: g, asset: s0-1, unknown_metrics: drop}", "unknown_metrics: expected one of report, ignore"),
        ("{node: g, asset: s0-1, speed: 1}", "unknown key 'speed'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_device_is_named(tmp_path, device, mistake):
    found = mistakes(tmp_path, f"sparkplug:\n  devices:\n    - {device}\n")

    assert len(found) == 1
    assert found[0].startswith(mistake)


def test_a_device_that_is_declared_twice_is_named(tmp_path):
    twice = "    - {node: g, device: d, asset: s0-1}\n    - {node: g, device: d, asset: s0-2}\n"

    assert "is already declared" in mistakes(tmp_path, "sparkplug:\n  devices:\n" + twice)[0]


def test_all_sites_have_one_host(tmp_path):
    found = mistakes(tmp_path, "sparkplug: {host: a}", "sparkplug: {host: b}")

    assert found == ["sparkplug: host and reorder must be those of site s0"]


def test_a_device_belongs_to_one_site(tmp_path):
    sections = [
        f"sparkplug:\n  groups: [x]\n  devices: [{{node: g, device: d, asset: {site}-1}}]\n"
        for site in ("s0", "s1")
    ]

    assert mistakes(tmp_path, *sections) == ["sparkplug: device x/g/d is already declared by site s0"]


def test_without_groups_a_device_has_to_name_its_own(tmp_path):
    section = "sparkplug:\n  groups: []\n  devices:\n    - {node: g, asset: s0-1}\n"

    assert mistakes(tmp_path, section) == ["group is missing"]
