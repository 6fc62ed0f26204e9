"""`plantroom settings` prints every setting once, and a sample that says nothing else than the defaults."""

import re

from click.testing import CliRunner

from plantroom.cli.main import plantroom


def test_every_setting_is_there_once_with_its_option_and_default() -> None:
    result = CliRunner().invoke(plantroom, ["settings"])

    names = [line[1:].split("=")[0] for line in result.output.splitlines() if line.startswith("#PLANTROOM_")]
    assert result.exit_code == 0
    assert len(names) == len(set(names))
    assert "#PLANTROOM_PORT=8080" in result.output.splitlines()
    assert "#PLANTROOM_BROKER=" in result.output.splitlines()
    assert "--mqtt-port of up" in result.output


def test_nothing_in_it_is_set() -> None:
    result = CliRunner().invoke(plantroom, ["settings"])

    assert all(line.startswith("#") or not line for line in result.output.splitlines())


def test_it_says_how_one_variable_holds_several_values() -> None:
    result = CliRunner().invoke(plantroom, ["settings"])

    text = " ".join(line.removeprefix("# ") for line in result.output.splitlines())
    assert re.search(r"\[--site of [^]]*\] Several: separated by ':'\.", text)
    assert "[--mqtt-user of up] Several: separated by spaces." in text
