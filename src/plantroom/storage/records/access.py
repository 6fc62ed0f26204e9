"""Tokens, sessions and sign-in codes in the database; only digests of secrets are kept."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from plantroom.storage.records.schema import sessions, sign_in_codes, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whom a credential stands for."""

    role: str
    name: str
    token: int | None = None
    """Number of the token it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; times are ms since the epoch, UTC."""

    number: int
    role: str
    name: str
    created_at: int
    created_by: str
    revoked_at: int | None


def add_token(connection: Connection, *, digest: str, role: str, name: str, by: str, now: int) -> int:
    """Record a token and return its number."""
    values = {"digest": digest, "role": role, "name": name, "created_by": by, "created_at": now}
    number: int = connection.execute(tokens.insert().values(values).returning(tokens.c.number)).scalar_one()
    return number


def holder_of_token(connection: Connection, digest: str) -> Holder | None:
    """Return whom a token that is not revoked stands for."""
    query = select(tokens.c.role, tokens.c.name, tokens.c.number).where(
        tokens.c.digest == digest, tokens.c.revoked_at.is_(None)
    )
    row = connection.execute(query).first()
    return Holder(role=row.role, name=row.name, token=row.number) if row else None


def is_known(connection: Connection, digest: str) -> bool:
    """Return whether there is or was such a token."""
    return connection.execute(select(tokens.c.number).where(tokens.c.digest == digest)).first() is not None


def all_tokens(connection: Connection) -> list[Token]:
    """Return all tokens, newest first."""
    query = select(tokens).order_by(tokens.c.number.desc())
    return [
        Token(**{name: row[name] for name in Token.__slots__}) for row in connection.execute(query).mappings()
    ]


def count_tokens(connection: Connection) -> int:
    """Return how many tokens there ever were."""
    return connection.execute(select(func.count()).select_from(tokens)).scalar_one()


def revoke_token(connection: Connection, number: int, *, now: int) -> bool:
    """Make a token and the sessions that came from it worthless; return whether it was worth something."""
    connection.execute(delete(sessions).where(sessions.c.token == number))
    connection.execute(delete(sign_in_codes).where(sign_in_codes.c.token == number))
    still_good = (tokens.c.number == number) & tokens.c.revoked_at.is_(None)
    return connection.execute(tokens.update().where(still_good).values(revoked_at=now)).rowcount == 1


def add_session(connection: Connection, *, digest: str, holder: Holder, now: int, until: int) -> None:
    """Record a browser's session."""
    connection.execute(
        sessions.insert().values(
            digest=digest,
            role=holder.role,
            name=holder.name,
            token=holder.token,
            created_at=now,
            expires_at=until,
        )
    )


def holder_of_session(connection: Connection, digest: str, *, now: int) -> Holder | None:
    """Return whom a session that still holds stands for."""
    query = select(sessions.c.role, sessions.c.name, sessions.c.token).where(
        sessions.c.digest == digest, sessions.c.expires_at > now
    )
    row = connection.execute(query).first()
    return Holder(role=row.role, name=row.name, token=row.token) if row else None


def end_session(connection: Connection, digest: str) -> None:
    """Make a session worthless."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def add_sign_in_code(connection: Connection, *, digest: str, holder: Holder, until: int) -> None:
    """Record a code that can be exchanged for a session once."""
    connection.execute(
        sign_in_codes.insert().values(
            digest=digest, role=holder.role, name=holder.name, token=holder.token, expires_at=until
        )
    )


def redeem_sign_in_code(connection: Connection, digest: str, *, now: int) -> Holder | None:
    """Use up a sign-in code and return whom it stands for."""
    query = select(sign_in_codes).where(sign_in_codes.c.digest == digest, sign_in_codes.c.expires_at > now)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    connection.execute(delete(sign_in_codes).where(sign_in_codes.c.digest == digest))
    return Holder(role=row["role"], name=row["name"], token=row["token"])


def forget_expired(connection: Connection, *, now: int) -> None:
    """Drop the sessions and sign-in codes whose time is over."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(delete(sign_in_codes).where(sign_in_codes.c.expires_at <= now))
