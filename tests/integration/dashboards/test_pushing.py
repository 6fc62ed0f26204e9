"""`dashboards push` against an HTTP server that keeps what Grafana's documented API would keep."""

import socket
from typing import Any

import pytest

from plantroom.dashboards.pushing import Change, Folder, Grafana, Pushed, PushFailed
from plantroom_testing.grafana_server import PASSWORD, TOKEN, USER, GrafanaServer

SOURCE = {
    "uid": "plantroom-influx",
    "name": "Readings",
    "type": "influxdb",
    "url": "http://influxdb:8086",
    "access": "proxy",
    "jsonData": {"dbName": "plantroom"},
    "secureJsonData": {"password": "first"},
}


def folder(*titles: str, title: str = "Plantroom") -> Folder:
    dashboards: list[dict[str, Any]] = [
        {"uid": f"plantroom-{each}", "title": each, "id": None, "panels": []} for each in titles
    ]
    return Folder(uid="plantroom-en", title=title, dashboards=dashboards)


def push(
    server: GrafanaServer, *folders: Folder, source: dict[str, Any] = SOURCE, **options: Any
) -> list[Pushed]:
    return list(Grafana(server.url, TOKEN, **options).push(folders, [source]))


def changes(pushed: list[Pushed]) -> list[tuple[str, Change]]:
    return [(each.uid, each.change) for each in pushed]


def test_the_first_push_creates_all(grafana_server: GrafanaServer) -> None:
    pushed = push(grafana_server, folder("pumps", "fire"))

    assert changes(pushed) == [
        ("plantroom-influx", Change.CREATED),
        ("plantroom-en", Change.CREATED),
        ("plantroom-pumps", Change.CREATED),
        ("plantroom-fire", Change.CREATED),
    ]
    assert grafana_server.dashboards["plantroom-pumps"]["folderUid"] == "plantroom-en"
    assert grafana_server.secrets["plantroom-influx"] == {"password": "first"}


def test_the_second_push_changes_nothing(grafana_server: GrafanaServer) -> None:
    push(grafana_server, folder("pumps"))
    grafana_server.changes.clear()

    pushed = push(grafana_server, folder("pumps"))

    assert {each.change for each in pushed} == {Change.UNCHANGED}
    assert grafana_server.changes == []


def test_only_what_differs_is_changed(grafana_server: GrafanaServer) -> None:
    push(grafana_server, folder("pumps", "fire"))
    grafana_server.dashboards["plantroom-fire"]["dashboard"]["panels"] = ["somebody's own"]
    grafana_server.changes.clear()

    pushed = push(
        grafana_server, folder("pumps", "fire", title="机房"), source=SOURCE | {"url": "http://x:1"}
    )

    assert [each.change for each in pushed] == [
        Change.UPDATED,
        Change.UPDATED,
        Change.UNCHANGED,
        Change.UPDATED,
    ]
    assert grafana_server.dashboards["plantroom-fire"]["dashboard"]["panels"] == []
    assert grafana_server.folders["plantroom-en"]["title"] == "机房"
    assert grafana_server.sources["plantroom-influx"]["url"] == "http://x:1"


def test_a_dashboard_in_another_folder_is_brought_back(grafana_server: GrafanaServer) -> None:
    push(grafana_server, folder("pumps"))
    grafana_server.dashboards["plantroom-pumps"]["folderUid"] = "elsewhere"

    push(grafana_server, folder("pumps"))

    assert grafana_server.dashboards["plantroom-pumps"]["folderUid"] == "plantroom-en"


def test_a_new_secret_is_sent_when_asked_for(grafana_server: GrafanaServer) -> None:
    push(grafana_server)
    renewed = SOURCE | {"secureJsonData": {"password": "second"}}

    (unasked,) = push(grafana_server, source=renewed)
    kept = dict(grafana_server.secrets["plantroom-influx"])
    (asked,) = push(grafana_server, source=renewed, renew_secrets=True)

    assert (unasked.change, kept) == (Change.UNCHANGED, {"password": "first"})
    assert asked.change is Change.UPDATED
    assert grafana_server.secrets["plantroom-influx"] == {"password": "second"}


def test_a_user_and_a_path_before_the_api_are_possible(grafana_server: GrafanaServer) -> None:
    grafana_server.prefix = "/proxy/grafana"

    pushed = list(Grafana(grafana_server.url, (USER, PASSWORD)).push([folder("pumps")], []))

    assert [each.change for each in pushed] == [Change.CREATED, Change.CREATED]


def test_what_is_provisioned_from_files_is_not_pushed_over(grafana_server: GrafanaServer) -> None:
    push(grafana_server, folder("pumps"))
    grafana_server.provisioned.add("plantroom-pumps")

    with pytest.raises(PushFailed, match=r"dashboard plantroom-pumps .* provisioning files"):
        push(grafana_server, folder("pumps"))


def test_a_data_source_that_nobody_brings_must_be_there(grafana_server: GrafanaServer) -> None:
    grafana = Grafana(grafana_server.url, TOKEN)

    with pytest.raises(PushFailed, match="no data source plantroom-influx: give --influx"):
        grafana.demand_source("plantroom-influx", option="--influx")

    push(grafana_server)
    grafana.demand_source("plantroom-influx", option="--influx")


def test_what_grafana_refuses_is_said_with_its_own_words(grafana_server: GrafanaServer) -> None:
    with pytest.raises(PushFailed, match="does not know the token or user"):
        list(Grafana(grafana_server.url, "wrong").push([folder()], []))

    grafana_server.may_write = False
    with pytest.raises(PushFailed, match=r"folder plantroom-en: the token or user may not: .* permissions"):
        list(Grafana(grafana_server.url, TOKEN).push([folder()], []))

    grafana_server.broken = True
    with pytest.raises(PushFailed, match="answers 500: database is locked"):
        list(Grafana(grafana_server.url, TOKEN).push([folder()], []))


def test_a_grafana_that_is_not_there_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(PushFailed, match=f"Grafana at {url} does not answer"):
            list(Grafana(url, TOKEN).push([folder()], []))
