"""The dashboards as Grafana gets them."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import timeseries, units
from grafana_foundation_sdk.models.common import VizLegendOptions
from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

from plantroom.dashboards.files import files
from plantroom.dashboards.plant import Plant
from plantroom.dashboards.queries import register_queries
from plantroom.simulators.demo import SITE_FILE
from plantroom.storage.files.loader import load_installation
from plantroom_testing.sdk_types import misfits

FOLDER = Path(__file__).parents[3] / "dashboards"
Document = Mapping[str, Any]


@pytest.fixture(scope="module")
def written() -> Mapping[str, str]:
    return files(Plant(load_installation(sites=[SITE_FILE])))


@pytest.fixture(scope="module")
def documents(written: Mapping[str, str]) -> Mapping[str, Document]:
    return {path: json.loads(content) for path, content in written.items() if path.endswith(".json")}


def panels_of(document: Document) -> Iterator[Document]:
    for panel in document["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", ())


def test_the_committed_files_are_what_the_code_builds(written: Mapping[str, str]) -> None:
    committed = {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for part in ("built", "provisioning")
        for path in (FOLDER / part).rglob("*.*")
    }

    assert sorted(committed) == sorted(written)
    assert [path for path in written if written[path] != committed[path]] == []


def test_building_twice_writes_the_same_bytes(written: Mapping[str, str]) -> None:
    assert files(Plant(load_installation(sites=[SITE_FILE]))) == written


def test_every_uid_is_given_once(documents: Mapping[str, Document]) -> None:
    uids = [document["uid"] for document in documents.values()]

    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"plantroom-[a-z-]+-(en|zh)", uid) and len(uid) <= 40 for uid in uids)


def test_no_panel_overlaps_another_or_leaves_the_grid(documents: Mapping[str, Document]) -> None:
    for document in documents.values():
        cells = [
            (place["x"], place["y"], place["x"] + place["w"], place["y"] + place["h"])
            for place in (panel["gridPos"] for panel in document["panels"])
        ]
        assert all(left >= 0 and right <= 24 for left, _, right, _ in cells)
        for (left, top, right, bottom), (left_2, top_2, right_2, bottom_2) in combinations(cells, 2):
            assert right <= left_2 or right_2 <= left or bottom <= top_2 or bottom_2 <= top, document["uid"]


def test_every_panel_has_its_own_id_a_question_and_a_query(documents: Mapping[str, Document]) -> None:
    for document in documents.values():
        ids = [panel["id"] for panel in document["panels"]] + [panel["id"] for panel in panels_of(document)]
        assert len({*ids}) == len({id(each) for each in [*document["panels"], *panels_of(document)]})
        for panel in panels_of(document):
            question = panel["description"].split("\n")[0]
            assert panel["title"]
            assert re.search(r"[?？。.]", question), (document["uid"], panel["title"])
            assert panel["targets"]


def test_every_variable_is_used_and_every_used_one_is_there(documents: Mapping[str, Document]) -> None:
    for document in documents.values():
        variables = {each["name"]: each for each in document["templating"]["list"]}
        text = json.dumps(
            [document["panels"], document["annotations"], document["links"], [*variables.values()]]
        )
        used = {plain or braced for plain, braced in re.findall(r"\$(?:([A-Za-z]\w*)|\{([A-Za-z]\w*))", text)}
        used = {name for name in used if name != "timeFilter" and not name.startswith("tag_")}
        assert used == set(variables), document["uid"]


def test_links_lead_to_dashboards_of_the_same_language_that_exist(documents: Mapping[str, Document]) -> None:
    uids = {document["uid"] for document in documents.values()}

    for document in documents.values():
        for found in re.findall(r"/d/([\w-]+)", json.dumps(document)):
            assert found in uids
            assert found.endswith(document["uid"][-3:])


def test_the_editions_differ_in_words_only(documents: Mapping[str, Document]) -> None:
    for path, english in documents.items():
        if "/en/" not in path:
            continue
        chinese = documents[path.replace("/en/", "/zh/")]
        assert [panel["gridPos"] for panel in panels_of(english)] == [
            panel["gridPos"] for panel in panels_of(chinese)
        ]
        assert [len(panel["targets"]) for panel in panels_of(english)] == [
            len(panel["targets"]) for panel in panels_of(chinese)
        ]
        for panel in panels_of(chinese):
            assert re.search(r"[\u4e00-\u9fff]", panel["title"] + panel["description"]), panel["title"]


def test_units_are_grafanas_or_stand_as_they_are(documents: Mapping[str, Document]) -> None:
    known = {value for name, value in vars(units).items() if isinstance(value, str) and name[0].isupper()}

    for document in documents.values():
        for panel in panels_of(document):
            unit = panel["fieldConfig"]["defaults"]["unit"]
            assert unit in known or unit.startswith("suffix:"), unit


def test_the_sdk_reads_back_what_it_wrote(documents: Mapping[str, Document]) -> None:
    register_default_plugins()
    register_queries()

    for document in documents.values():
        # The SDK knows Grafana's own annotations only: queries of ours are not read back.
        plain = {**document, "annotations": {"list": []}}
        read = Dashboard.from_json(plain)
        assert json.loads(json.dumps(read, cls=JSONEncoder)) == plain
        assert list(misfits(read, Dashboard, document["uid"])) == []


def test_a_misfit_is_found_however_deep() -> None:
    options = timeseries.Options(legend=VizLegendOptions(calcs=[1]))  # type: ignore[list-item] # the misfit to be found
    board = Dashboard(uid="board", panels=[Panel(type_val="timeseries", options=options)])

    assert list(misfits(board, Dashboard, "board")) == [
        "board.panels[0].options.legend.calcs[0]: 1 is no <class 'str'>"
    ]


def test_data_sources_hold_no_secret_and_have_the_uids_that_panels_ask(
    written: Mapping[str, str], documents: Mapping[str, Document]
) -> None:
    sources = yaml.safe_load(written["provisioning/datasources/plantroom.yaml"])["datasources"]

    assert {each["uid"] for each in sources} == {"plantroom-influx", "plantroom-records"}
    assert all(secret.startswith("$") for each in sources for secret in each["secureJsonData"].values())
    asked = {panel["datasource"]["uid"] for document in documents.values() for panel in panels_of(document)}
    assert asked == {each["uid"] for each in sources}
