"""Which tier a dashboard asks for how long a span, as a table in the database itself."""

from typing import Final

from plantroom.storage.series.influx.line_protocol import escaped
from plantroom.storage.series.tiers import DAY_MS, Tier

MEASUREMENT: Final = "plantroom_tiers"
TIME: Final = 4_102_444_800_000
"""When its lines are, ms since the epoch: 2100-01-01. Always the same, so that a line replaces the one
before, and far ahead, so that no retention policy takes it."""
MINUTES_FROM_MS: Final = DAY_MS
HOURS_FROM_MS: Final = 60 * DAY_MS
_ENDLESS_S: Final = 10**12
_NO_ENDINGS: Final = 'last="",max="",min=""'
_ENDINGS: Final = 'last="_LAST",max="_MAX",min="_MIN"'
"""What a field's name ends with where a bucket's last, greatest or least value is asked for."""


def choice_lines(raw_policy: str) -> bytes:
    """Return the lines of the table; `raw_policy` is the retention policy of the samples themselves."""
    from_s = [0, MINUTES_FROM_MS // 1000, HOURS_FROM_MS // 1000, _ENDLESS_S]
    policies = [escaped(name).decode() for name in (raw_policy, Tier.MINUTES.value, Tier.HOURS.value)]
    endings = [_NO_ENDINGS, _ENDINGS, _ENDINGS]
    return "".join(
        f"{MEASUREMENT},rp={policy} span_from_s={since}i,span_to_s={until}i,{names} {TIME}\n"
        for policy, since, until, names in zip(policies, from_s[:-1], from_s[1:], endings, strict=True)
    ).encode()
