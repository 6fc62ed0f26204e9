"""Options say what is wrong with them before anything starts."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from plantroom.cli import options

RUNNER = CliRunner()


@click.command()
@options.together(options.sites, options.broker, options.api, options.database, options.mqtt_user)
def command(
    sites: tuple[Path, ...], broker: str, api: str, database: str, mqtt_users: tuple[str, ...]
) -> None:
    click.echo(repr([[str(site) for site in sites], broker, api, database, list(mqtt_users)]))


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--broker", "localhost:1883", "expected mqtt://"),
        ("--broker", "http://localhost", "begins with 'http'"),
        ("--broker", "mqtt://host:notaport", "cannot be read"),
        ("--database", "nonsense", "expected postgresql"),
        ("--database", "mysql://u:p@host/name", "expected postgresql"),
        ("--api", "localhost:8080", "expected http://"),
        ("--api", "http://", "expected http://"),
        ("--api", "http://host:notaport", "expected http://"),
    ],
)
def test_a_wrong_url_is_named_with_what_was_expected(option: str, value: str, complaint: str) -> None:
    result = RUNNER.invoke(command, [option, value])

    assert result.exit_code == 2
    assert option in result.stderr
    assert complaint in " ".join(result.stderr.split())


def test_a_wrong_broker_url_does_not_show_the_password() -> None:
    result = RUNNER.invoke(command, ["--broker", "mqtt://u:secret@host:notaport"])

    assert result.exit_code == 2
    assert "secret" not in result.output


def test_an_environment_variable_holds_several_values(tmp_path: Path) -> None:
    environment = {"PLANTROOM_SITE": "a.yaml:b.yaml", "PLANTROOM_MQTT_USER": "x:1 y:2"}

    result = RUNNER.invoke(command, env=environment)

    assert result.output.strip() == "[['a.yaml', 'b.yaml'], None, None, None, ['x:1', 'y:2']]"
