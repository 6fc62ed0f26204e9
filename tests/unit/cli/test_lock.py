"""One process owns a data directory, whichever commands it is used by."""

from pathlib import Path

import click
import pytest

from plantroom.cli.lock import owned, owned_by_all


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    with owned(tmp_path), pytest.raises(click.ClickException, match="in use by process"), owned(tmp_path):
        pass

    with owned(tmp_path):
        pass


@pytest.mark.parametrize("part", ["ingest", "api"])
def test_a_part_does_not_run_apart_on_what_everything_together_uses(tmp_path: Path, part: str) -> None:
    with owned_by_all(tmp_path), pytest.raises(click.ClickException, match=part), owned(tmp_path / part):
        pass


@pytest.mark.parametrize("part", ["ingest", "api"])
def test_everything_together_does_not_run_on_what_a_part_uses(tmp_path: Path, part: str) -> None:
    with owned(tmp_path / part), pytest.raises(click.ClickException, match=part), owned_by_all(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(click.ClickException, match="file/data cannot be used"), owned(tmp_path / "file/data"):
        pass
