"""`plantroom token`: the way in, also when the first token is lost."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plantroom.api.access.identity import Role
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
