"""Tokens, sessions and the audit log as documents."""

from typing import Annotated

from pydantic import Field

from plantroom.api.access.identity import Identity, Role
from plantroom.api.documents.common import In, Out, ShortText, TimeOut, time_or_none
from plantroom.domain.report import to_rfc3339
from plantroom.storage.records.access import Token
from plantroom.storage.records.history import Entry


class AuditDocument(Out):
    """One write."""

    at: TimeOut
    who: str
    action: str
    subject: str
    """What was written on: the id of an alarm or work order, `token/<name>`, ..."""
    detail: str

    @classmethod
    def of(cls, entry: Entry) -> "AuditDocument":
        """Return the document of `entry`."""
        return cls(
            at=to_rfc3339(entry.at),
            who=entry.who,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
        )


class TokenDocument(Out):
    """What is known of a token."""

    number: int
    role: Role
    name: str
    created_at: TimeOut
    created_by: str
    revoked_at: TimeOut | None

    @classmethod
    def of(cls, token: Token) -> "TokenDocument":
        """Return the document of `token`."""
        return cls(
            number=token.number,
            role=Role(token.role),
            name=token.name,
            created_at=to_rfc3339(token.created_at),
            created_by=token.created_by,
            revoked_at=time_or_none(token.revoked_at),
        )


class SignIn(In):
    """A token to open a session with."""

    token: Annotated[ShortText, Field(min_length=1)]


class Me(Out):
    """Who you are."""

    name: str
    role: Role

    @classmethod
    def of(cls, identity: Identity) -> "Me":
        """Return the document of `identity`."""
        return cls(name=identity.name, role=identity.role)
