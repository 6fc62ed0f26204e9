"""Lists in parts: the newest first, each part after where the one before ended."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Response
from pydantic import BaseModel

from plantroom.api.problems import bad_value

Limit = Annotated[int, Query(ge=1, le=1_000, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the part before")]

Found = TypeVar("Found")


def number_of(cursor: str | None) -> int | None:
    """Return the number a part ended at.

    Raises:
        Problem: it is no cursor that a list gave.
    """
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise bad_value("cursor", f"not a cursor of this list: {cursor!r}")
    return int(cursor)


def split(
    found: Sequence[Found], *, limit: int, cursor: Callable[[Found], str]
) -> tuple[Sequence[Found], str | None]:
    """Return the part to show of `found`, which has one item more if there is a next part, and its cursor."""
    shown = found[:limit]
    return shown, cursor(shown[-1]) if len(found) > limit else None


def reply(document: BaseModel) -> Response:
    """Return `document`, which needs no checking, as a response."""
    return Response(document.model_dump_json(), media_type="application/json")
