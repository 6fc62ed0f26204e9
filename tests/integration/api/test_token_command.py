"""`plantroom token`: the way in, also when the first token is lost."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plantroom.api.access.identity import Role
from plantroom.api.access.keys import TokenTaken
from plantroom.cli.token import token
from plantroom.storage.records import open_records
from plantroom_testing.records import Api


def run(*arguments: str) -> Result:
    return CliRunner().invoke(token, arguments, catch_exceptions=False)


def test_a_created_token_opens_the_api(records_url: str) -> None:
    secret = run("create", "--role", "operator", "--name", "Li Wei", "--database", records_url).output.strip()

    with closing(open_records(records_url)) as records:
        headers = {"Authorization": f"Bearer {secret}"}
        answer = Api(records).call("GET", "session", role=None, headers=headers)
    assert answer.json() == {"name": "Li Wei", "role": "operator"}


def test_a_token_is_created_in_the_data_directory_by_default(tmp_path: Path) -> None:
    result = run("create", "--role", "viewer", "--name", "wall", "--data", str(tmp_path), "--json")

    document = json.loads(result.output)
    assert (document["role"], document["name"]) == ("viewer", "wall")
    assert (tmp_path / "records.sqlite").exists()


def test_tokens_are_listed_and_revoked(records_url: str) -> None:
    run("create", "--role", "admin", "--name", "old", "--database", records_url)

    revoked = run("revoke", "1", "--database", records_url)
    again = run("revoke", "1", "--database", records_url)

    assert revoked.exit_code == 0
    assert again.exit_code == 1
    (listed,) = json.loads(run("list", "--json", "--database", records_url).output)["items"]
    assert (listed["name"], listed["role"]) == ("old", "admin")
    assert listed["revoked_at"] is not None
    assert "revoked" in run("list", "--database", records_url).output


@pytest.mark.parametrize("arguments", [("--role", "king", "--name", "x"), ("--role", "admin", "--name", " ")])
def test_a_token_for_nobody_or_nothing_is_refused(sqlite_url: str, arguments: tuple[str, ...]) -> None:
    assert run("create", *arguments, "--database", sqlite_url).exit_code == 2


def test_every_role_can_be_given(sqlite_url: str) -> None:
    for role in Role:
        assert run("create", "--role", role.value, "--name", "x", "--database", sqlite_url).exit_code == 0


def session(records_url: str, secret: str) -> Any:
    with closing(open_records(records_url)) as records:
        headers = {"Authorization": f"Bearer {secret}"}
        return Api(records).call("GET", "session", role=None, headers=headers)


def test_a_token_that_is_given_opens_the_api_and_the_one_before_it_does_not_any_more(
    records_url: str,
) -> None:
    given = ("set", "--role", "pipeline", "--name", "ingest", "--database", records_url, "--token")

    outputs = [run(*given, secret * 48).output for secret in ("a", "a", "b")]

    assert outputs == ["ingest is set\n", "ingest is set already\n", "ingest is set\n"]
    assert session(records_url, "a" * 48).status_code == 401
    assert session(records_url, "b" * 48).json() == {"name": "ingest", "role": "pipeline"}


@pytest.mark.parametrize(
    ("name", "role", "token_given"),
    [("admin", "admin", "a" * 48), ("ingest", "admin", "a" * 48), ("ingest", "pipeline", "old" * 16)],
    ids=["another's", "another role", "revoked"],
)
def test_a_token_that_is_or_was_anothers_is_refused(
    sqlite_url: str, name: str, role: str, token_given: str
) -> None:
    for secret in ("old" * 16, "a" * 48):
        run("set", "--role", "pipeline", "--name", "ingest", "--database", sqlite_url, "--token", secret)

    with pytest.raises(TokenTaken):
        run("set", "--role", role, "--name", name, "--database", sqlite_url, "--token", token_given)


def test_a_token_that_could_be_guessed_is_refused(sqlite_url: str) -> None:
    result = run("set", "--role", "admin", "--database", sqlite_url, "--token", "secret")

    assert result.exit_code == 2
    assert "at least 32 characters" in result.output
