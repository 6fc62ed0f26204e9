"""What `make stack-env` makes, and what it leaves alone."""

import re
import stat
from pathlib import Path

import pytest

from plantroom_stack.errors import StackError
from plantroom_stack.secrets_file import SAMPLE, make_env_file, read_env_file


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r"^([A-Z_]+)=", SAMPLE.read_text(), re.MULTILINE):
        monkeypatch.delenv(name, raising=False)


def test_every_secret_is_random_long_and_fit_for_a_url(tmp_path: Path) -> None:
    make_env_file(tmp_path / "one", files=tmp_path / "files")
    make_env_file(tmp_path / "two", files=tmp_path / "files")

    made = [read_env_file(tmp_path / name) for name in ("one", "two")]
    secrets = [value for each in made for name, value in each.items() if name != "PLANTROOM_FILES"]

    assert len(secrets) == 18
    assert len(set(secrets)) == len(secrets)
    assert [secret for secret in secrets if not re.fullmatch("[0-9a-f]{48}", secret)] == []


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    make_env_file(tmp_path / ".env", files=tmp_path / "files")

    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_one_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")

    made = make_env_file(tmp_path / ".env", files=tmp_path / "files")

    assert not made
    assert (tmp_path / ".env").read_text() == "MINE=1\n"
    assert not (tmp_path / "files").exists()


def test_the_demo_building_is_laid_beside_it_where_no_site_is_yet(tmp_path: Path) -> None:
    mine = tmp_path / "mine/site.yaml"
    mine.parent.mkdir()
    mine.write_text("site: mine\n")

    make_env_file(tmp_path / "one", files=tmp_path / "new")
    make_env_file(tmp_path / "two", files=tmp_path / "mine")

    assert read_env_file(tmp_path / "one")["PLANTROOM_FILES"] == str(tmp_path / "new")
    assert (tmp_path / "new/site.yaml").read_text().count("class: pump") > 3
    assert (tmp_path / "new/rules").is_dir()
    assert mine.read_text() == "site: mine\n"


def test_a_missing_file_is_said_with_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="make stack-env"):
        read_env_file(tmp_path / ".env")


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("# a comment\nGRAFANA_PASSWORD=old\nPOSTGRES_PASSWORD=kept\n")
    monkeypatch.setenv("GRAFANA_PASSWORD", "new")

    assert read_env_file(tmp_path / ".env") == {"GRAFANA_PASSWORD": "new", "POSTGRES_PASSWORD": "kept"}
