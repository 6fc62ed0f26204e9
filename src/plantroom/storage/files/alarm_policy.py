"""The file that says how alarms are managed."""

from dataclasses import fields as members
from datetime import timedelta
from pathlib import Path

from plantroom.domain.alarm_policy import (
    AlarmPolicy,
    ChatterPolicy,
    FloodPolicy,
    PerformanceTargets,
    ShelvingPolicy,
)
from plantroom.storage.files import values
from plantroom.storage.files.fields import Fields, open_mapping
from plantroom.storage.files.problems import Problems


def load_alarm_policy(path: Path) -> AlarmPolicy:
    """Return what the file at `path` says; what it leaves out is as usual.

    Raises:
        FilesInvalid: with every mistake in it.
    """
    problems = Problems()
    fields = open_mapping(path, problems)
    policy = AlarmPolicy() if fields is None else _read(fields)
    problems.raise_any()
    return policy


def _read(fields: Fields) -> AlarmPolicy:
    usual = AlarmPolicy()
    policy = AlarmPolicy(
        shelving=_read_shelving(fields.mapping("shelving")),
        chatter=_read_chatter(fields.mapping("chattering")),
        flood=_read_flood(fields.mapping("flood")),
        group_within=fields.optional("group_within", values.duration, usual.group_within),
        fleeting_within=fields.optional("fleeting_within", values.interval, usual.fleeting_within),
        stale_after=fields.optional("stale_after", values.interval, usual.stale_after),
        targets=_read_targets(fields.mapping("targets")),
    )
    fields.finish()
    return policy


def _read_shelving(fields: Fields | None) -> ShelvingPolicy:
    usual = ShelvingPolicy()
    if fields is None:
        return usual
    longest: dict[str, timedelta] = {
        role: fields.optional(role, values.interval, span) for role, span in usual.longest.items()
    }
    policy = ShelvingPolicy(
        longest=longest,
        longest_life_safety=fields.optional("life_safety", values.interval, usual.longest_life_safety),
        remind_before=fields.optional("remind_before", values.interval, usual.remind_before),
    )
    fields.finish()
    return policy


def _read_chatter(fields: Fields | None) -> ChatterPolicy:
    usual = ChatterPolicy()
    if fields is None:
        return usual
    policy = ChatterPolicy(
        activations=fields.optional("activations", _at_least_two, usual.activations),
        within=fields.optional("within", values.interval, usual.within),
        quiet=fields.optional("quiet", values.interval, usual.quiet),
    )
    fields.finish()
    return policy


def _read_flood(fields: Fields | None) -> FloodPolicy:
    usual = FloodPolicy()
    if fields is None:
        return usual
    policy = FloodPolicy(
        begins_above=fields.optional("begins_above", _whole, usual.begins_above),
        ends_below=fields.optional("ends_below", _whole, usual.ends_below),
        window=fields.optional("window", values.interval, usual.window),
        digest=fields.optional("digest", values.interval, usual.digest),
    )
    if not 0 < policy.ends_below <= policy.begins_above + 1:
        fields.note("flood: ends_below must be at least 1 and not more than begins_above + 1")
    fields.finish()
    return policy


def _read_targets(fields: Fields | None) -> PerformanceTargets:
    usual = PerformanceTargets()
    if fields is None:
        return usual
    said = {
        member.name: fields.optional(member.name, _target, getattr(usual, member.name))
        for member in members(usual)
    }
    fields.finish()
    return PerformanceTargets(**said)


def _target(written: str) -> float:
    value = values.number(written)
    if value < 0:
        raise ValueError(f"expected a number that is not negative, got {written}")
    return value


def _whole(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) < 7):
        raise ValueError(f"expected a whole number, got {written!r}")
    return int(written)


def _at_least_two(written: str) -> int:
    value = _whole(written)
    if value < 2:
        raise ValueError(f"expected at least 2, got {value}")
    return value
