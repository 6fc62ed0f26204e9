"""What an alarm is of: (site, asset, rule), in statements that are built once."""

from sqlalchemy import ColumnElement, Table, and_, bindparam

Key = tuple[str, str, str]
"""(site, asset, rule)."""


def matches(table: Table) -> ColumnElement[bool]:
    """Compare with the key that `key_values` gives as parameters."""
    return and_(
        table.c.site == bindparam("same_site"),
        table.c.asset == bindparam("same_asset"),
        table.c.rule == bindparam("same_rule"),
    )


def key_values(key: Key) -> dict[str, str]:
    """Return `key` as the parameters of `matches`."""
    site, asset, rule = key
    return {"same_site": site, "same_asset": asset, "same_rule": rule}
