"""The page's paths, driven without a socket."""

import re
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from plantroom.api.access.gate import COOKIE
from plantroom.api.access.identity import Role
from plantroom.api.access.keys import create_token
from plantroom.api.live.latest import Latest
from plantroom.api.web.render import STATIC
from plantroom.domain.rule import Severity
from plantroom.domain.text import Text
from plantroom_testing.records import HIGH_VIBRATION, MINUTE, START, Api, activated, cleared, with_severity

PARTS = ["/web/alarms", "/web/work-orders", "/web/readings", "/web/health"]
OUR_PAGE = {"origin": "http://testserver"}
FORM = {**OUR_PAGE, "content-type": "application/x-www-form-urlencoded"}


def read(api: Api, path: str, *, role: Role = Role.OPERATOR, **params: str) -> str:
    answer = api.call("GET", path, role=role, params=params)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(html: str) -> list[str]:
    return re.findall(r'<li class="(?:alarm|order|asset)[^"]*" id="([^"]+)"', html)


@pytest.mark.parametrize("path", PARTS)
def test_nobody_reads_a_part_without_a_credential(embedded_api: Api, path: str) -> None:
    assert embedded_api.call("GET", path, role=None).status_code == 401


def test_the_first_page_of_a_stranger_is_the_door(embedded_api: Api) -> None:
    answer = embedded_api.call("GET", "/", role=None)

    assert answer.status_code == 200
    assert 'action="/sign-in"' in answer.text
    assert "P-101" not in answer.text


def test_a_session_opens_the_page(embedded_api: Api) -> None:
    answer = sign_in(embedded_api, Role.VIEWER)
    session = answer.cookies[COOKIE]

    page = embedded_api.call("GET", "/", role=None, headers={"cookie": f"{COOKIE}={session}"})

    assert answer.status_code == 303
    assert 'id="alarms"' in page.text
    assert "Chilled water pump 1" in page.text


def sign_in(api: Api, role: Role, headers: Mapping[str, str] = FORM) -> httpx.Response:
    token = create_token(api.services.records, role=role, name=role.value, by="test", now=START)
    return api.call("POST", "/sign-in", role=None, headers=headers, content=f"token={token}")


def test_another_sites_form_cannot_sign_anybody_in(embedded_api: Api) -> None:
    answer = sign_in(embedded_api, Role.VIEWER, {**FORM, "origin": "http://elsewhere.example"})

    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize("content", ["token=pr_guessed", "", "token=", "token=" + "x" * 10_000, "%ff=%fe"])
def test_a_wrong_token_leads_back_to_the_door(embedded_api: Api, content: str) -> None:
    answer = embedded_api.call("POST", "/sign-in", role=None, headers=FORM, content=content)

    assert answer.status_code == 401
    assert "unknown or revoked" in answer.text


def test_signing_out_makes_the_session_worthless(embedded_api: Api) -> None:
    session = sign_in(embedded_api, Role.VIEWER).cookies[COOKIE]
    cookie = {"cookie": f"{COOKIE}={session}"}

    embedded_api.call("POST", "/sign-out", role=None, headers={**OUR_PAGE, **cookie})

    assert 'action="/sign-in"' in embedded_api.call("GET", "/", role=None, headers=cookie).text


@pytest.mark.parametrize("path", ["/", *PARTS])
def test_nothing_but_our_own_files_may_run_or_be_kept(embedded_api: Api, path: str) -> None:
    headers = embedded_api.call("GET", path, role=Role.VIEWER).headers

    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_no_template_needs_what_the_policy_forbids() -> None:
    templates = "".join(path.read_text() for path in (STATIC.parent / "templates").glob("*.html"))

    assert re.findall(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|javascript:", templates) == []


@pytest.mark.parametrize("name", ["plantroom.css", "live.js", "chart.js", "severity.svg", "icon.svg"])
def test_static_files_are_served(embedded_api: Api, name: str) -> None:
    assert embedded_api.call("GET", f"/static/{name}", role=None).status_code == 200


@pytest.mark.parametrize("folder", ["htmx", "uplot"])
def test_every_shipped_library_has_its_licence(folder: str) -> None:
    assert "Permission" in (STATIC / "vendor" / folder / "LICENSE").read_text()


def test_alarms_are_listed_with_what_matters(embedded_api: Api) -> None:
    embedded_api.send(activated())

    html = read(embedded_api, "/web/alarms")

    for fact in ("High vibration", "Chilled water pump 1", "4.70 mm/s", "Warning", "WO-1"):
        assert fact in html


def test_an_acknowledged_alarm_has_no_button(embedded_api: Api) -> None:
    embedded_api.send(activated())
    assert "/ack" in read(embedded_api, "/web/alarms")

    embedded_api.post(f"alarms/{embedded_api.alarm()['id']}/ack")

    assert "/ack" not in read(embedded_api, "/web/alarms")


def test_a_closed_alarm_is_not_listed(embedded_api: Api) -> None:
    embedded_api.send(activated(), cleared(START + MINUTE))

    embedded_api.post(f"alarms/{embedded_api.alarm()['id']}/ack")

    assert "No alarms" in read(embedded_api, "/web/alarms")


def test_a_shelved_alarm_comes_last(embedded_api: Api) -> None:
    embedded_api.send(activated(rule="a", text=with_severity(Severity.CRITICAL)), activated(rule="b"))
    [critical] = embedded_api.alarms(severity="critical")
    embedded_api.post(f"alarms/{critical['id']}/shelve", {"minutes": 10, "reason": "test"})

    listed = rows(read(embedded_api, "/web/alarms"))

    assert listed[-1] == f"alarm-{critical['id']}"


def test_a_flood_of_warnings_hides_no_critical_alarm(embedded_api: Api) -> None:
    embedded_api.send(activated(rule="first", text=with_severity(Severity.CRITICAL)))
    embedded_api.send(*(activated(at=START + 1 + n, rule=f"flood-{n}") for n in range(150)))

    html = read(embedded_api, "/web/alarms")

    assert len(rows(html)) == 100
    [critical] = embedded_api.alarms(severity="critical")
    assert rows(html)[0] == f"alarm-{critical['id']}"
    assert ">151</span>" in html
    assert "there are more" in html


def test_alarms_of_an_asset_that_is_in_no_file_any_more_are_listed_by_id(embedded_api: Api) -> None:
    embedded_api.send(activated(asset="GONE-1"))

    assert "GONE-1" in read(embedded_api, "/web/alarms")


def test_texts_from_outside_are_escaped(embedded_api: Api) -> None:
    title = Text(en='<script>alert(1)</script>" onload="x')
    embedded_api.send(activated(text=replace(HIGH_VIBRATION, title=title)))

    for path in ("/web/alarms", "/web/work-orders"):
        html = read(embedded_api, path)
        assert "<script" not in html
        assert 'onload="x' not in html
        assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("steps", "offered"),
    [
        ([], ["assign", "start"]),
        (["start"], ["complete"]),
        (["start", "complete"], ["verify", "reopen"]),
        (["start", "complete", "verify"], ["close", "reopen"]),
    ],
    ids=["new", "in progress", "completed", "verified"],
)
def test_an_order_offers_the_next_steps(embedded_api: Api, steps: list[str], offered: list[str]) -> None:
    embedded_api.send(activated())
    for step in steps:
        embedded_api.post(f"work-orders/WO-1/{step}")

    html = read(embedded_api, "/web/work-orders")

    assert re.findall(r'data-post="/api/v1/work-orders/WO-1/(\w+)"', html) == offered


def test_a_viewer_is_offered_nothing(embedded_api: Api) -> None:
    embedded_api.send(activated())

    html = read(embedded_api, "/web/alarms", role=Role.VIEWER)
    html += read(embedded_api, "/web/work-orders", role=Role.VIEWER)

    assert "data-post" not in html


@pytest.mark.parametrize(
    ("find", "found"),
    [("", ["asset-P-101", "asset-F-1"]), ("plant", ["asset-P-101"]), ("f-1", ["asset-F-1"]), ("zzz", [])],
)
def test_assets_are_found_by_name_id_and_location(embedded_api: Api, find: str, found: list[str]) -> None:
    assert rows(read(embedded_api, "/web/readings", find=find)) == found


def test_the_last_reading_is_shown_with_its_unit(embedded_api: Api) -> None:
    sample = Latest(asset="F-1", point="temp", ts=START, value=21.47, quality="good")
    embedded_api.services.latest.put([sample])

    html = read(embedded_api, "/web/readings", find="F-1")

    assert '<span class="number">21.5</span> <small>°C</small>' in html


def test_the_state_of_the_pipelines_is_shown_with_its_reason(embedded_api: Api) -> None:
    assert "No pipeline yet" in read(embedded_api, "/web/health")

    embedded_api.services.pipelines.heard("one", ready=True, reasons=[], now=START)
    assert "Pipeline OK" in read(embedded_api, "/web/health")

    embedded_api.services.pipelines.heard("one", ready=False, reasons=["disk is full"], now=START)

    assert "disk is full" in read(embedded_api, "/web/health")


def test_times_are_those_of_the_place_with_the_day_where_it_is_another(embedded_api: Api) -> None:
    embedded_api.send(activated())
    assert re.search(r">\d\d:\d\d:\d\d</time>", read(embedded_api, "/web/alarms"))

    embedded_api.clock.advance(24 * 60 * MINUTE)

    assert re.search(r">11-21 \d\d:\d\d</time>", read(embedded_api, "/web/alarms"))


def test_the_page_is_no_part_of_the_api(embedded_api: Api) -> None:
    paths = embedded_api.call("GET", "/openapi.json", role=None).json()["paths"]

    assert [path for path in paths if path.startswith("/web") or path == "/"] == []
