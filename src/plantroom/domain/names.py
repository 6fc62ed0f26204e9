"""What things may be called (contract 4.1)."""

import re
from typing import Final

from plantroom.domain.errors import NameInvalid

ID_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
POINT_PATTERN: Final = r"[a-z][a-z0-9_]{0,63}"
SYSTEM_ASSET: Final = "plantroom"
"""The asset that alarms about the product itself are raised on; no site may declare it."""

_id = re.compile(ID_PATTERN)
_point = re.compile(POINT_PATTERN)


def check_id(value: str, *, what: str) -> str:
    """Return `value` if it may name a site, an asset or a rule.

    Raises:
        NameInvalid: it may not.
    """
    if _id.fullmatch(value) is None:
        raise NameInvalid(f"{what} must match {ID_PATTERN}: {value!r}")
    return value


def check_point(value: str) -> str:
    """Return `value` if it may name a point.

    Raises:
        NameInvalid: it may not.
    """
    if _point.fullmatch(value) is None:
        raise NameInvalid(f"point must match {POINT_PATTERN}: {value!r}")
    return value
