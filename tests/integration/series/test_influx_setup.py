"""`plantroom influx setup` on a real server of version 1, and on what version 2 is described to take."""

import json
import re
import stat
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import pytest
from click.testing import CliRunner, Result

from plantroom.cli.influx import influx
from plantroom.domain.errors import PlantroomError, StoreRejected, StoreUnavailable
from plantroom.storage.series.influx import parse_influx_url
from plantroom_testing.influx import ADMIN, ADMIN_PASSWORD, InfluxDatabase, InfluxServer
from plantroom_testing.influx2 import ORG, Influx2, served
from plantroom_testing.series import T0, batch_of, good, opened_influx, read_all, table_of

DAY = 86_400
StartInflux = Callable[..., InfluxServer]


def setup(url: str, *options: str) -> Result:
    return CliRunner().invoke(influx, ["setup", "--influx", url, *options])


def document(result: Result) -> Any:
    if isinstance(result.exception, PlantroomError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


def states(url: str, *options: str) -> dict[str, str]:
    """Return how each thing is, by kind and name."""
    items = document(setup(url, "--json", *options))["items"]
    return {f"{item['kind']} {item['name']}": item["state"] for item in items}


def policies(server: InfluxServer, database: str) -> dict[str, tuple[str, bool]]:
    (result,) = server.query(f'SHOW RETENTION POLICIES ON "{database}"')
    return {row[0]: (row[1], row[-1]) for row in result["series"][0]["values"]}


@pytest.fixture
def guarded(start_influx: StartInflux) -> tuple[InfluxServer, str]:
    """A server that asks who somebody is, and its administrator's address."""
    server = start_influx(auth=True)
    return server, server.url.replace("://", f"://{ADMIN}:{quote(ADMIN_PASSWORD, safe='')}@") + "/plantroom"


def as_user(server: InfluxServer, user: str, password: str) -> str:
    return server.url.replace("://", f"://{user}:{password}@") + "/plantroom"


class TestVersion1:
    def test_database_and_policies_are_made_and_then_found(self, influx_database: InfluxDatabase) -> None:
        first = setup(influx_database.url, "--json")
        again = states(influx_database.url)

        assert first.exit_code == 0
        assert {item["state"] for item in document(first)["items"][:1]} == {"made"}
        assert set(again.values()) == {"present"}
        assert policies(influx_database.server, influx_database.name) == {
            "raw": ("2160h0m0s", True),
            "minutes": ("17520h0m0s", False),
            "hours": ("87600h0m0s", False),
        }

    def test_a_check_changes_nothing_and_says_what_is_missing(self, influx_database: InfluxDatabase) -> None:
        checked = setup(influx_database.url, "--check", "--json")

        assert checked.exit_code == 1
        assert document(checked)["items"][0]["state"] == "missing"
        assert influx_database.name not in str(influx_database.server.query("SHOW DATABASES"))

    def test_samples_stay_where_they_are_read(self, influx_database: InfluxDatabase) -> None:
        table = table_of({"P-1": "pump"})
        with opened_influx(influx_database.url, table) as store:
            store.write(batch_of(table, [good("P-1", "flow", T0, 1.5)]))

        setup(influx_database.url, "--retention-days", "0")

        with opened_influx(influx_database.url, table) as store:
            assert read_all(store, "P-1", "flow") == [(T0, 1.5, 0)]
        assert policies(influx_database.server, influx_database.name)["autogen"] == ("0s", True)

    def test_an_empty_default_policy_gives_way(self, influx_database: InfluxDatabase) -> None:
        influx_database.server.query(f'CREATE DATABASE "{influx_database.name}"')

        setup(influx_database.url)

        assert policies(influx_database.server, influx_database.name)["raw"] == ("2160h0m0s", True)

    def test_another_retention_is_changed_only_when_told_to(self, influx_database: InfluxDatabase) -> None:
        setup(influx_database.url)

        told = setup(influx_database.url, "--minutes-days", "365")
        before = policies(influx_database.server, influx_database.name)["minutes"]
        changed = setup(influx_database.url, "--minutes-days", "365", "--apply-retention")

        assert told.exit_code == 1
        assert "kept 730 days, wanted 365 days; what is older is then deleted" in told.stdout
        assert before == ("17520h0m0s", False)
        assert changed.exit_code == 0
        assert policies(influx_database.server, influx_database.name)["minutes"] == ("8760h0m0s", False)

    def test_each_user_may_do_what_it_needs_and_no_more(self, guarded: tuple[InfluxServer, str]) -> None:
        server, url = guarded
        table = table_of({"P-1": "pump"})

        secrets = document(setup(url, "--json", "--retention-days", "0"))["secrets"]

        samples = batch_of(table, [good("P-1", "flow", T0, 1.5)])
        with opened_influx(as_user(server, "plantroom_writer", secrets["writer"]), table) as store:
            store.write(samples)
            assert read_all(store, "P-1", "flow") == [(T0, 1.5, 0)]
        for reader in ("reader", "grafana"):
            with opened_influx(as_user(server, f"plantroom_{reader}", secrets[reader]), table) as store:
                assert read_all(store, "P-1", "flow") == [(T0, 1.5, 0)]
                with pytest.raises(StoreUnavailable, match="not authorized"):
                    store.write(samples)

    def test_new_passwords_go_into_files_only_their_owner_reads(
        self, guarded: tuple[InfluxServer, str], tmp_path: Path
    ) -> None:
        server, url = guarded
        setup(url)

        renewed = setup(url, "--renew", "--tokens-dir", str(tmp_path / "secrets"), "--json")

        file = tmp_path / "secrets/influx-reader"
        password = file.read_text()
        assert document(renewed)["secrets"] == {}
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with opened_influx(as_user(server, "plantroom_reader", password), table_of({"P-1": "pump"})) as store:
            assert read_all(store, "P-1", "flow") == []

    def test_a_user_that_may_more_is_named(self, guarded: tuple[InfluxServer, str]) -> None:
        server, url = guarded
        setup(url)
        server.query('GRANT ALL ON "plantroom" TO "plantroom_grafana"')

        result = setup(url)

        assert result.exit_code == 1
        assert "differs  user plantroom_grafana (may more than needed" in result.stdout

    def test_a_user_without_its_rights_gets_them(self, guarded: tuple[InfluxServer, str]) -> None:
        server, url = guarded
        setup(url)
        server.query('REVOKE ALL ON "plantroom" FROM "plantroom_reader"')

        assert states(url)["user plantroom_reader"] == "changed"
        assert states(url)["user plantroom_reader"] == "present"

    @pytest.mark.parametrize("who", ["", "admin:wrong@", "plantroom_reader:{reader}@"])
    def test_who_may_not_administrate_is_told_so(self, guarded: tuple[InfluxServer, str], who: str) -> None:
        server, url = guarded
        secrets = document(setup(url, "--json"))["secrets"]

        result = setup(server.url.replace("://", f"://{who.format(**secrets)}") + "/plantroom")

        assert isinstance(result.exception, StoreUnavailable)
        assert "give an administrator's name and password" in str(result.exception)

    def test_a_server_that_is_away_is_named(self) -> None:
        result = setup("http://127.0.0.1:9/plantroom")

        assert isinstance(result.exception, StoreUnavailable)
        assert str(result.exception).startswith("InfluxDB at http://127.0.0.1:9: ")


class TestVersion2:
    def test_buckets_mappings_and_tokens_are_made_and_then_found(self, influx2: Influx2) -> None:
        first = document(setup(influx2.url, "--json"))
        writes = len(influx2.writes)
        again = states(influx2.url)

        kept = {
            each["name"]: each["retentionRules"][0]["everySeconds"] // DAY
            for each in influx2.buckets.values()
        }
        assert (first["server"], first["version"], first["ready"]) == ("2", "v2.7.12", True)
        assert kept == {"plantroom/raw": 90, "plantroom/minutes": 730, "plantroom/hours": 3650}
        assert set(first["secrets"]) == {"writer", "reader", "grafana"}
        assert set(again.values()) == {"present"}
        assert len(influx2.writes) == writes

    def test_database_and_policy_lead_to_each_bucket_raw_by_default(self, influx2: Influx2) -> None:
        setup(influx2.url)

        names = {id_: bucket["name"] for id_, bucket in influx2.buckets.items()}
        mapped = {
            (each["database"], each["retention_policy"], each["default"]): names[each["bucketID"]]
            for each in influx2.dbrps.values()
        }
        assert mapped == {
            ("plantroom", "raw", True): "plantroom/raw",
            ("plantroom", "minutes", False): "plantroom/minutes",
            ("plantroom", "hours", False): "plantroom/hours",
        }

    def test_tokens_have_rights_on_these_buckets_alone(self, influx2: Influx2) -> None:
        influx2.bucket("somebody else's")
        setup(influx2.url)

        tiers = {id_ for id_, each in influx2.buckets.items() if each["name"].startswith("plantroom/")}
        rights = {
            each["description"]: {
                (one["action"], one["resource"]["type"], one["resource"]["id"], one["resource"]["orgID"])
                for one in each["permissions"]
            }
            for each in influx2.authorizations.values()
        }
        reading = {("read", "buckets", id_, ORG) for id_ in tiers}
        assert rights == {
            "plantroom writer": reading | {("write", "buckets", id_, ORG) for id_ in tiers},
            "plantroom reader": reading,
            "plantroom grafana": reading,
        }

    def test_a_check_changes_nothing(self, influx2: Influx2) -> None:
        checked = setup(influx2.url, "--check", "--json")

        assert checked.exit_code == 1
        assert {item["state"] for item in document(checked)["items"]} == {"missing"}
        assert influx2.writes == []

    @pytest.mark.parametrize("days", [30, 0])
    def test_another_retention_is_changed_only_when_told_to(self, influx2: Influx2, days: int) -> None:
        setup(influx2.url)
        (raw,) = (each for each in influx2.buckets.values() if each["name"] == "plantroom/raw")

        told = states(influx2.url, "--retention-days", str(days))
        before = raw["retentionRules"][0]["everySeconds"]
        changed = states(influx2.url, "--retention-days", str(days), "--apply-retention")

        assert told["bucket plantroom/raw"] == "differs"
        assert before == 90 * DAY
        assert changed["bucket plantroom/raw"] == "changed"
        assert raw["retentionRules"] == [{"type": "expire", "everySeconds": days * DAY}]

    def test_what_is_kept_for_ever_has_no_rule(self, influx2: Influx2) -> None:
        setup(influx2.url, "--hours-days", "0")

        (hours,) = (each for each in influx2.buckets.values() if each["name"] == "plantroom/hours")
        assert hours["retentionRules"] == []
        assert states(influx2.url, "--hours-days", "0")["bucket plantroom/hours"] == "present"

    def test_a_mapping_that_is_not_the_default_becomes_it(self, influx2: Influx2) -> None:
        setup(influx2.url)
        for mapping in influx2.dbrps.values():
            mapping["default"] = False

        assert states(influx2.url)["mapping plantroom.raw"] == "changed"
        assert states(influx2.url)["mapping plantroom.raw"] == "present"

    def test_a_mapping_to_another_bucket_is_left_and_named(self, influx2: Influx2) -> None:
        setup(influx2.url)
        other = influx2.bucket("other")
        next(iter(influx2.dbrps.values()))["bucketID"] = other["id"]

        result = setup(influx2.url)

        assert result.exit_code == 1
        assert f"leads to another bucket: {other['id']}" in result.stdout

    def test_a_token_with_other_rights_is_replaced(self, influx2: Influx2) -> None:
        setup(influx2.url)
        (grafana,) = (
            each for each in influx2.authorizations.values() if each["description"] == "plantroom grafana"
        )
        grafana["permissions"].append(
            {"action": "write", "resource": {"type": "buckets", "orgID": ORG}},
        )

        checked = states(influx2.url, "--check")
        made = document(setup(influx2.url, "--json"))

        assert checked["token plantroom grafana"] == "differs"
        assert list(made["secrets"]) == ["grafana"]
        assert grafana["id"] not in influx2.authorizations

    def test_renewed_tokens_replace_the_old(self, influx2: Influx2, tmp_path: Path) -> None:
        setup(influx2.url)
        old = set(influx2.authorizations)

        setup(influx2.url, "--renew", "--tokens-dir", str(tmp_path))

        assert len(influx2.authorizations) == 3
        assert old.isdisjoint(influx2.authorizations)
        assert (tmp_path / "influx-writer").read_text().startswith("token-")

    def test_of_several_organizations_one_must_be_named(self, influx2: Influx2) -> None:
        influx2.orgs["fedcba9876543210"] = "other"

        unnamed = setup(influx2.url)
        named = setup(influx2.url, "--org", "property")
        unknown = setup(influx2.url, "--org", "nobody")

        assert isinstance(unnamed.exception, StoreRejected)
        assert "say which organization by --org: other, property" in str(unnamed.exception)
        assert named.exit_code == 0
        assert "not found" in str(unknown.exception)

    def test_a_wrong_token_and_a_missing_right_are_told(self, influx2: Influx2) -> None:
        wrong = setup(influx2.url + "x")
        influx2.forbids = "/api/v2/dbrps"
        forbidden = setup(influx2.url)
        without = setup(influx2.url.partition("?")[0])

        assert "401 unauthorized access" in str(wrong.exception)
        assert "403 insufficient permissions for write" in str(forbidden.exception)
        assert "needs a token" in str(without.exception)

    def test_no_message_shows_the_token(self, influx2: Influx2) -> None:
        result = setup(influx2.url + "x")

        assert parse_influx_url(influx2.url).token not in str(result.exception) + result.output


class Influx3(BaseHTTPRequestHandler):
    """Databases, made and listed as the documentation of version 3 shows."""

    protocol_version = "HTTP/1.1"
    databases: ClassVar[dict[str, str | None]] = {}

    def do_GET(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "null")
        path = urlsplit(self.path)
        if self.headers.get("Authorization") not in ("Bearer apiv3_x", "Token apiv3_x"):
            self.reply(401, {"error": "the request was not authenticated"})
        elif path.path == "/ping":
            self.reply(200, {"version": "3.8.0", "revision": "x"})
        elif path.path != "/api/v3/configure/database":
            self.reply(404, {"error": "not found"})
        elif self.command == "POST":
            assert set(body) <= {"db", "retention_period"}
            assert re.fullmatch(r"[a-z]+(/[a-z]+)?", body["db"])
            self.databases[body["db"]] = body.get("retention_period")
            self.reply(200, None)
        else:
            assert path.query == "format=json"
            self.reply(200, [{"iox::database": name} for name in self.databases])

    do_POST = do_GET  # noqa: N815 - the base class's names

    def reply(self, status: int, document: Any) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


class TestVersion3:
    @pytest.fixture
    def url(self) -> Iterator[str]:
        Influx3.databases.clear()
        with served(Influx3) as port:
            yield f"http://127.0.0.1:{port}/plantroom?token=apiv3_x"

    def test_databases_are_made_and_then_found(self, url: str) -> None:
        first, again = document(setup(url, "--json", "--hours-days", "0")), states(url)

        assert (first["server"], first["version"], first["ready"]) == ("3", "3.8.0", True)
        assert Influx3.databases == {
            "plantroom": "90d",
            "plantroom/minutes": "730d",
            "plantroom/hours": None,
        }
        assert set(again.values()) == {"present"}

    def test_a_check_changes_nothing(self, url: str) -> None:
        assert set(states(url, "--check").values()) == {"missing"}
        assert Influx3.databases == {}

    def test_without_a_token_it_does_not_even_say_what_it_is(self, url: str) -> None:
        unsaid, said = (setup(url.partition("?")[0], *options) for options in ((), ("--server", "3")))

        assert "say which it is by --server" in str(unsaid.exception)
        assert "give an administrator's token" in str(said.exception)


def test_policies_are_named_by_setup_alone(influx_database: InfluxDatabase) -> None:
    assert setup(f"{influx_database.url}?rp=other").exit_code == 2


def test_a_server_that_tells_no_version_must_be_said(influx2: Influx2) -> None:
    influx2.version = "unknown"

    unsaid = setup(influx2.url)
    said = setup(influx2.url, "--server", "2")

    assert "say which it is by --server" in str(unsaid.exception)
    assert said.exit_code == 0
