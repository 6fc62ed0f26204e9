"""The product's health as a document."""

from typing import Literal

from plantroom.api.documents.common import Out


class Health(Out):
    """Whether the product works."""

    status: Literal["ok", "not ready"]
    reasons: list[str]
    """Why it does not."""
    warnings: list[str]
    """What is wrong but stops nothing: rule files with mistakes, changes that need a restart."""
