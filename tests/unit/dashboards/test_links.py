"""Where links lead."""

import re

from plantroom.dashboards.links import board_of, to_asset, uid


def test_a_class_of_any_name_has_a_dashboard_that_grafana_takes() -> None:
    names = ["pump", "Heat.Exchanger_2", "a" * 64, "a" * 63 + "b"]

    uids = [uid(board_of(name), "zh") for name in names]

    assert uids[0] == "plantroom-asset-pump-zh"
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{8,40}", each) for each in uids)
    assert len(set(uids)) == len(names)


def test_a_reading_leads_to_its_machine_in_the_same_language() -> None:
    link = to_asset("water_tank")

    assert (
        link.url.en
        == "/d/plantroom-asset-water-tank-en?var-asset=${__field.labels.asset}&${__url_time_range}"
    )
    assert link.url.zh.startswith("/d/plantroom-asset-water-tank-zh?")
