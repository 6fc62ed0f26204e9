"""Secrets: how they are made, kept and given out."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from plantroom.api.access.identity import Identity, Role
from plantroom.api.documents.people import TokenDocument
from plantroom.domain.errors import PlantroomError
from plantroom.storage.records import Records, access, history
from plantroom.storage.records.access import Holder

SESSION_MS: Final = 14 * 86_400_000
SIGN_IN_MS: Final = 86_400_000


class TokenTaken(PlantroomError):
    """A token given cannot be that of another."""


def digest(secret: str) -> str:
    """Return what is kept of `secret`; it has 256 random bits, so a plain hash cannot be reversed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_secret(prefix: str) -> str:
    """Return a secret of 256 random bits."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """What must be shown once, at the first start."""

    admin_token: str | None
    """The generated administrator's token; None where the operator gave one, or it is not the first start."""
    sign_in_code: str | None
    """Opens the page signed in, once: `/?token=<code>`; None: it is not the first start."""


def first_start(records: Records, *, given: str | None, now: int) -> FirstStart:
    """Make the administrator's token (`given` by the operator, or random) if there is no token yet."""
    with records.write() as connection:
        if access.count_tokens(connection):
            return FirstStart(admin_token=None, sign_in_code=None)
        token = given or new_secret("pr")
        number = access.add_token(
            connection,
            digest=digest(token),
            role=Role.ADMIN.value,
            name="admin",
            by="first start",
            now=now,
        )
        history.record(connection, at=now, who="first start", action="token.create", subject="token/admin")
        code = new_secret("in")
        holder = Holder(role=Role.ADMIN.value, name="admin", token=number)
        access.add_sign_in_code(connection, digest=digest(code), holder=holder, until=now + SIGN_IN_MS)
    return FirstStart(admin_token=None if given else token, sign_in_code=code)


def create_token(records: Records, *, role: Role, name: str, by: str, now: int) -> str:
    """Record a new token and return it; it cannot be shown again."""
    token = new_secret("pr")
    with records.write() as connection:
        access.add_token(connection, digest=digest(token), role=role.value, name=name, by=by, now=now)
        subject = f"token/{name}"
        history.record(connection, at=now, who=by, action="token.create", subject=subject, detail=role.value)
    return token


def set_token(records: Records, secret: str, *, role: Role, name: str, by: str, now: int) -> bool:
    """Make `secret` the one token of that name, others of it worthless; return whether that changed anything.

    Raises:
        TokenTaken: it is or was somebody else's, or has another role.
    """
    with records.write() as connection:
        mine = [each for each in access.all_tokens(connection) if each.name == name and not each.revoked_at]
        holder = access.holder_of_token(connection, digest(secret))
        if holder is None and access.is_known(connection, digest(secret)):
            raise TokenTaken(f"the token given for {name!r} was revoked: choose another")
        if holder is not None and (holder.name, holder.role) != (name, role.value):
            raise TokenTaken(f"the token given for {name!r} is that of {holder.name!r}, role {holder.role}")
        others = [each.number for each in mine if holder is None or each.number != holder.token]
        for number in others:
            access.revoke_token(connection, number, now=now)
            history.record(connection, at=now, who=by, action="token.revoke", subject=f"token/{number}")
        if holder is None:
            access.add_token(connection, digest=digest(secret), role=role.value, name=name, by=by, now=now)
            history.record(
                connection, at=now, who=by, action="token.create", subject=f"token/{name}", detail=role.value
            )
    return holder is None or bool(others)


def list_tokens(records: Records) -> list[TokenDocument]:
    """Return what is known of each token, the newest first."""
    with records.read() as connection:
        return [TokenDocument.of(token) for token in access.all_tokens(connection)]


def revoke_token(records: Records, number: int, *, by: str, now: int) -> bool:
    """Make a token and the sessions that came from it worthless; return whether it was worth something."""
    with records.write() as connection:
        revoked = access.revoke_token(connection, number, now=now)
        if revoked:
            subject = f"token/{number}"
            history.record(connection, at=now, who=by, action="token.revoke", subject=subject)
    return revoked


class Keyring:
    """Knows whom a credential stands for."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._passing: dict[str, Identity] = {}

    def issue(self, *, role: Role, name: str) -> str:
        """Return a token that holds while this process lives, for a part of the product in it."""
        token = new_secret("pr")
        self._passing[digest(token)] = Identity(name=name, role=role)
        return token

    def passing(self, token: str) -> Identity | None:
        """Return whom a token made by `issue` stands for."""
        return self._passing.get(digest(token))

    def of_token(self, token: str) -> Identity | None:
        """Return whom a recorded token stands for."""
        with self._records.read() as connection:
            holder = access.holder_of_token(connection, digest(token))
        return _identity(holder, by_cookie=False)

    def of_session(self, session: str, *, now: int) -> Identity | None:
        """Return whom a browser's session stands for."""
        with self._records.read() as connection:
            holder = access.holder_of_session(connection, digest(session), now=now)
        return _identity(holder, by_cookie=True)

    def open_session(self, identity: Identity, *, now: int) -> str:
        """Record a browser's session for `identity` and return its secret."""
        session = new_secret("se")
        holder = Holder(role=identity.role.value, name=identity.name, token=identity.token)
        with self._records.write() as connection:
            access.add_session(
                connection, digest=digest(session), holder=holder, now=now, until=now + SESSION_MS
            )
            history.record(connection, at=now, who=identity.name, action="session.open", subject="session")
        return session

    def redeem(self, code: str, *, now: int) -> Identity | None:
        """Use up a sign-in code and return whom it stands for."""
        with self._records.write() as connection:
            holder = access.redeem_sign_in_code(connection, digest(code), now=now)
        return _identity(holder, by_cookie=True)

    def end_session(self, session: str) -> None:
        """Make a session worthless."""
        with self._records.write() as connection:
            access.end_session(connection, digest(session))


def _identity(holder: Holder | None, *, by_cookie: bool) -> Identity | None:
    if holder is None:
        return None
    return Identity(name=holder.name, role=Role(holder.role), token=holder.token, by_cookie=by_cookie)
