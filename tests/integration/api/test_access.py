"""Who may do what, on both databases."""

import pytest
from sqlalchemy import select

from plantroom.api.access.gate import COOKIE
from plantroom.api.access.hosts import LOOPBACK
from plantroom.api.access.identity import Role
from plantroom.api.access.keys import SESSION_MS, SIGN_IN_MS, create_token, digest, first_start
from plantroom.storage.records import Records
from plantroom.storage.records.schema import tokens
from plantroom_testing.records import START, Api, activated

ORIGIN = {"Origin": "http://testserver"}


def signed_in(api: Api, records: Records) -> dict[str, str]:
    """Sign in as administrator; return the header that a browser then sends."""
    start = first_start(records, given=None, now=api.clock())
    answer = api.call("GET", f"/?token={start.sign_in_code}", role=None)
    assert answer.status_code == 303, answer.text
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}


def test_nothing_but_health_answers_without_a_token(api: Api) -> None:
    open_to_all = {"/health/live", "/health/ready", "/openapi.json", "/metrics"}
    document = api.call("GET", "/openapi.json").json()
    refused = {}

    for path, methods in document["paths"].items():
        for method in methods:
            if path not in open_to_all and (method, path) != ("post", "/api/v1/session"):
                address = path.replace("{number}", "1")
                refused[method, path] = api.call(method.upper(), address, role=None).status_code

    assert len(refused) > 25
    assert set(refused.values()) == {401}


def test_an_unknown_token_is_refused_with_a_problem(api: Api) -> None:
    answer = api.call("GET", "alarms", role=None, headers={"Authorization": "Bearer pr_wrong"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "unknown or revoked" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("role", "reads", "acknowledges", "audits", "reports"),
    [
        pytest.param(Role.VIEWER, 200, 403, 403, 403, id="viewer"),
        pytest.param(Role.OPERATOR, 200, 200, 403, 403, id="operator"),
        pytest.param(Role.ENGINEER, 200, 200, 403, 403, id="engineer"),
        pytest.param(Role.ADMIN, 200, 200, 200, 200, id="admin"),
        pytest.param(Role.PIPELINE, 200, 403, 403, 200, id="pipeline"),
    ],
)
def test_a_role_may_do_its_own_and_no_more(
    api: Api, role: Role, reads: int, acknowledges: int, audits: int, reports: int
) -> None:
    api.send(activated())
    alarm_id = api.alarm()["id"]

    statuses = [
        api.call("GET", "alarms", role=role).status_code,
        api.call("POST", f"alarms/{alarm_id}/ack", role=role).status_code,
        api.call("GET", "audit", role=role).status_code,
        api.call("PUT", "alarms", role=role, json={"transitions": []}).status_code,
    ]

    assert statuses == [reads, acknowledges, audits, reports]


def test_tokens_are_kept_as_digests_only(api: Api, records: Records) -> None:
    secret = create_token(records, role=Role.VIEWER, name="wall", by="test", now=START)

    with records.read() as connection:
        (row,) = connection.execute(select(tokens)).mappings().all()
    assert row["digest"] == digest(secret)
    assert secret not in str(dict(row))
    answer = api.call("GET", "session", role=None, headers={"Authorization": f"Bearer {secret}"})
    assert answer.json() == {"name": "wall", "role": "viewer"}


def test_a_revoked_token_and_its_sessions_are_refused(api: Api, records: Records) -> None:
    cookie = signed_in(api, records)
    (token,) = api.call("GET", "tokens", role=Role.ADMIN).json()["items"]
    assert api.call("GET", "session", role=None, headers=cookie).status_code == 200

    answer = api.call("DELETE", f"tokens/{token['number']}", role=Role.ADMIN)

    assert answer.status_code == 204
    assert api.call("GET", "session", role=None, headers=cookie).status_code == 401
    assert api.call("DELETE", f"tokens/{token['number']}", role=Role.ADMIN).status_code == 404


def test_the_first_start_makes_an_administrator_once(api: Api, records: Records) -> None:
    first = first_start(records, given=None, now=START)
    second = first_start(records, given="ignored", now=START)

    assert second.admin_token is None
    assert second.sign_in_code is None
    header = {"Authorization": f"Bearer {first.admin_token}"}
    assert api.call("GET", "audit", role=None, headers=header).status_code == 200


def test_the_operators_own_token_is_taken_and_not_shown(api: Api, records: Records) -> None:
    start = first_start(records, given="my own secret", now=START)

    assert start.admin_token is None
    assert start.sign_in_code is not None
    header = {"Authorization": "Bearer my own secret"}
    assert api.call("GET", "session", role=None, headers=header).json()["role"] == "admin"


def test_a_sign_in_link_opens_a_session_and_cleans_the_address(api: Api, records: Records) -> None:
    start = first_start(records, given=None, now=START)

    answer = api.call("GET", f"/?token={start.sign_in_code}", role=None)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    headers = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    assert api.call("GET", "session", role=None, headers=headers).json()["role"] == "admin"


def test_a_sign_in_link_works_once_and_for_a_day(api: Api, records: Records) -> None:
    start = first_start(records, given=None, now=START)
    api.clock.advance(SIGN_IN_MS)
    assert api.call("GET", f"/?token={start.sign_in_code}", role=None).status_code == 401
    api.clock.advance(-SIGN_IN_MS)

    statuses = [api.call("GET", f"/?token={start.sign_in_code}", role=None).status_code for _ in range(2)]

    assert statuses == [303, 401]


def test_a_session_ends_by_itself_and_by_hand(api: Api, records: Records) -> None:
    cookie = signed_in(api, records)
    api.clock.advance(SESSION_MS)
    assert api.call("GET", "session", role=None, headers=cookie).status_code == 401
    api.clock.advance(-1)
    assert api.call("GET", "session", role=None, headers=cookie).status_code == 200

    api.call("DELETE", "session", role=None, headers=cookie | ORIGIN)

    assert api.call("GET", "session", role=None, headers=cookie).status_code == 401


def test_a_token_can_be_exchanged_for_a_session(api: Api, records: Records) -> None:
    secret = create_token(records, role=Role.OPERATOR, name="Li Wei", by="test", now=START)

    answer = api.call("POST", "session", role=None, json={"token": secret}, headers=ORIGIN)

    assert answer.status_code == 201
    headers = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    assert api.call("GET", "session", role=None, headers=headers).json()["name"] == "Li Wei"
    assert api.call("POST", "session", role=None, json={"token": "wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "http://testserver"}, 200, id="our page"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="our page, no origin"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="another site"),
        pytest.param({"Origin": "null"}, 403, id="a hidden site"),
        pytest.param({"Origin": "http://testserver:81"}, 403, id="another port"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site, no origin"),
        pytest.param({}, 403, id="unsaid"),
    ],
)
def test_another_sites_page_cannot_write_with_a_session(
    api: Api, records: Records, headers: dict[str, str], status: int
) -> None:
    api.send(activated())
    cookie = signed_in(api, records)

    answer = api.call("POST", f"alarms/{api.alarm()['id']}/ack", role=None, headers=cookie | headers)

    assert answer.status_code == status
    assert api.alarm()["acknowledged"] is (status == 200)


def test_metrics_need_a_token_behind_a_proxy(api: Api) -> None:
    proxied = {"X-Forwarded-For": "203.0.113.7"}

    api.alarms()
    local = api.call("GET", "/metrics", role=None)
    remote = api.call("GET", "/metrics", role=None, headers=proxied)
    with_token = api.call("GET", "/metrics", role=Role.VIEWER, headers=proxied)

    assert (local.status_code, remote.status_code, with_token.status_code) == (200, 401, 200)
    assert "plantroom_open_alarms 0.0" in local.text
    counted = 'plantroom_api_requests_total{method="GET",path="/api/v1/alarms",status="200"} 1.0'
    assert counted in local.text


def test_another_hosts_name_for_this_machine_is_refused(records: Records) -> None:
    api = Api(records, hosts=LOOPBACK)

    def status(host: str) -> int:
        return api.call("GET", "/metrics", role=None, headers={"Host": host}).status_code

    assert [status(host) for host in ("localhost:8080", "127.0.0.1", "[::1]:8080")] == [200] * 3
    assert [status(host) for host in ("evil.example", "evil.example:8080", "")] == [421] * 3


def test_every_write_is_in_the_audit_log_with_who_and_when(api: Api) -> None:
    api.send(activated())
    alarm_id, order_id = api.alarm()["id"], api.order()["id"]
    api.clock.advance(1000)
    api.post(f"alarms/{alarm_id}/ack")
    api.post(f"alarms/{alarm_id}/comment", {"text": "on my way"})
    api.post(f"work-orders/{order_id}/start")

    entries = api.call("GET", "audit", role=Role.ADMIN).json()["items"]

    assert [(entry["who"], entry["action"], entry["subject"]) for entry in entries] == [
        ("operator", "work_order.start", order_id),
        ("operator", "alarm.comment", alarm_id),
        ("operator", "alarm.ack", alarm_id),
        ("pipeline", "alarm.activated", alarm_id),
        ("pipeline", "work_order.open", order_id),
    ]
    assert entries[0]["at"] == "2025-11-21T18:33:21.000Z"
    of_order = api.call("GET", f"audit?subject={order_id}", role=Role.ADMIN).json()["items"]
    assert len(of_order) == 2
