"""Roles, and who somebody is."""

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What somebody may do; each of the first four may do all that those before it may."""

    VIEWER = "viewer"
    """Read."""
    OPERATOR = "operator"
    """Acknowledge, shelve, work on work orders."""
    ENGINEER = "engineer"
    """Change what is watched and how."""
    ADMIN = "admin"
    """Say who may do what, read the audit log."""
    PIPELINE = "pipeline"
    """Report alarms and readings; reads what a viewer reads."""

    def may(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        if self is needed or self is Role.ADMIN:
            return True
        if needed is Role.PIPELINE:
            return False
        if self is Role.PIPELINE:
            return needed is Role.VIEWER
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who sent a request."""

    name: str
    role: Role
    token: int | None = None
    """Number of the token that the credential comes from."""
    by_cookie: bool = False
    """Whether a browser sent the credential by itself."""
