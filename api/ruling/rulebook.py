"""The rules in force: those of the files as people have changed them."""

from functools import reduce

from plantroom.api.ruling.effect import Effects
from plantroom.api.services import Services
from plantroom.domain.override import in_force
from plantroom.domain.reload import Reload
from plantroom.storage.records import rule_overrides


def effects_of(services: Services) -> Effects:
    """Return what all rules come to now."""
    installation = services.rules.installation
    with services.records.read() as connection:
        found = rule_overrides.every(connection)
    return Effects(installation, in_force(installation, found, now=services.clock()))


def last_reload(services: Services) -> Reload:
    """Return what came of reading the files last, here and in the pipelines."""
    return reduce(Reload.also, services.pipelines.reloads(), services.rules.last)
