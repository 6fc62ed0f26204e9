"""InfluxDB 1.x, by InfluxQL: a database, its retention policies, and users where they are asked for."""

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, Self

import httpx

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.administration.plan import (
    DAY_S,
    HOURS,
    MINUTES,
    RAW,
    TIERS,
    Account,
    Outcome,
    Plan,
    State,
    kept,
    other_retention,
)
from plantroom.storage.series.influx.connection import identifier, literal

_TIMEOUT: Final = timedelta(seconds=20)
_PART: Final = re.compile(r"(\d+)(h|m|s)")
_SECONDS: Final = {"h": 3600, "m": 60, "s": 1}
_SHARD_DAYS: Final = {RAW: 7, MINUTES: 30, HOURS: 365}
_PRIVILEGE: Final = {True: "ALL PRIVILEGES", False: "READ"}
_DENIED: Final = frozenset({401, 403})


def set_up(address: InfluxAddress, plan: Plan) -> Outcome:
    """Make and check what `plan` wants of the server at `address`, whose user must be an administrator.

    Raises:
        StoreUnavailable: the server is away, or does not let us.
        StoreRejected: it does not take a statement.
    """
    with _Administration(address, plan) as work:
        if work.there_is_database():
            work.check_policies()
            work.check_users()
        return work.outcome


class _Administration:
    """One course of work on one server."""

    def __init__(self, address: InfluxAddress, plan: Plan) -> None:
        self._address = address
        self._plan = plan
        self._database = identifier(plan.database)
        self.outcome = Outcome()
        self._client = httpx.Client(
            base_url=address.url,
            timeout=_TIMEOUT.total_seconds(),
            auth=(address.user, address.password) if address.user else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def there_is_database(self) -> bool:
        """Make the database, and return whether it is there."""
        name = self._plan.database
        if any(row["name"] == name for row in self._ask("SHOW DATABASES")):
            self.outcome.add("database", name, State.PRESENT)
            return True
        if self._plan.only_check:
            self.outcome.add("database", name, State.MISSING)
            return False
        days = self._plan.days[RAW]
        raw = f"WITH DURATION {_duration(days)} {_shards(RAW, days)} NAME {identifier(RAW)}"
        self._do(f"CREATE DATABASE {self._database} {raw}")
        self.outcome.add("database", name, State.MADE)
        return True

    def check_policies(self) -> None:
        """Make the three retention policies; samples that are in the default one stay its own."""
        policies = {row["name"]: row for row in self._ask(f"SHOW RETENTION POLICIES ON {self._database}")}
        default = next((name for name, row in policies.items() if row["default"]), None)
        for tier in TIERS:
            name = tier
            if tier == RAW and default not in (None, RAW) and self._holds_samples(str(default)):
                name = str(default)
            self._check_policy(tier, name, policies.get(name))

    def check_users(self) -> None:
        """Make a user for each account, where the server asks who somebody is."""
        if not self._asks_who():
            self.outcome.add("users", "", State.PRESENT, "none: the server asks nobody who they are")
            return
        users = {row["user"] for row in self._ask("SHOW USERS")}
        for account in Account:
            name = f"{self._plan.database}_{account.value}"
            self._check_user(account, name, there=name in users)

    def _check_policy(self, tier: str, name: str, found: dict[str, Any] | None) -> None:
        days = self._plan.days[tier]
        what = kept(days) + (f"; the {tier} tier, for it holds samples" if name != tier else "")
        policy = f"{identifier(name)} ON {self._database}"
        default = " DEFAULT" if tier == RAW else ""
        if found is None:
            duration = f"DURATION {_duration(days)} REPLICATION 1 {_shards(tier, days)}"
            statement = f"CREATE RETENTION POLICY {policy} {duration}{default}"
            self._make("retention policy", name, what, statement)
            return
        seconds = _seconds(found["duration"])
        if seconds != days * DAY_S:
            detail, statement = other_retention(seconds, days), f"ALTER RETENTION POLICY {policy}"
            allowed = self._plan.apply_retention
            self._change(
                "retention policy", name, detail, f"{statement} DURATION {_duration(days)}", allowed=allowed
            )
        if default and not found["default"]:
            statement = f"ALTER RETENTION POLICY {policy} DEFAULT"
            self._change("retention policy", name, "not the default one", statement)
        elif seconds == days * DAY_S:
            self.outcome.add("retention policy", name, State.PRESENT, what)

    def _check_user(self, account: Account, name: str, *, there: bool) -> None:
        privilege = _PRIVILEGE[account.writes]
        may = f"{privilege.lower()} on {self._plan.database}"
        if not there or (self._plan.renew and not self._plan.only_check):
            password = secrets.token_urlsafe(32)
            verb = (
                f"SET PASSWORD FOR {identifier(name)} ="
                if there
                else f"CREATE USER {identifier(name)} WITH PASSWORD"
            )
            if self._make("user", name, may, f"{verb} {literal(password)}", renewed=there):
                self.outcome.secrets[account] = password
                self._grant(name, privilege)
            return
        granted = {
            row["database"]: row["privilege"] for row in self._ask(f"SHOW GRANTS FOR {identifier(name)}")
        }
        if granted == {self._plan.database: privilege}:
            self.outcome.add("user", name, State.PRESENT, may)
            return
        if self._may_more(granted, account):
            held = ", ".join(f"{each.lower()} on {database}" for database, each in sorted(granted.items()))
            self.outcome.add("user", name, State.DIFFERS, f"may more than needed: {held}")
            return
        statement = f"GRANT {privilege} ON {self._database} TO {identifier(name)}"
        self._change("user", name, f"may not {may}", statement)

    def _may_more(self, granted: dict[str, str], account: Account) -> bool:
        elsewhere = {name for name, each in granted.items() if each != "NO PRIVILEGES"} - {
            self._plan.database
        }
        here = granted.get(self._plan.database, "NO PRIVILEGES")
        return bool(elsewhere) or (not account.writes and here in ("ALL PRIVILEGES", "WRITE"))

    def _grant(self, name: str, privilege: str) -> None:
        self._do(f"GRANT {privilege} ON {self._database} TO {identifier(name)}")

    def _make(self, kind: str, name: str, detail: str, statement: str, *, renewed: bool = False) -> bool:
        """Do `statement`, unless only a check is asked for, and return whether it was done."""
        if self._plan.only_check:
            self.outcome.add(kind, name, State.MISSING, detail)
            return False
        self._do(statement)
        self.outcome.add(kind, name, State.CHANGED if renewed else State.MADE, detail)
        return True

    def _change(self, kind: str, name: str, detail: str, statement: str, *, allowed: bool = True) -> None:
        if self._plan.only_check or not allowed:
            self.outcome.add(kind, name, State.DIFFERS, detail)
            return
        self._do(statement)
        self.outcome.add(kind, name, State.CHANGED, f"was {detail}")

    def _holds_samples(self, policy: str) -> bool:
        found = self._ask(f"SELECT * FROM {self._database}.{identifier(policy)}./.*/ LIMIT 1")  # noqa: S608 - quoted
        return bool(list(found))

    def _asks_who(self) -> bool:
        """Return whether the server refuses who does not say who they are."""
        try:
            answer = httpx.get(
                f"{self._address.url}/query",
                params={"q": "SHOW DATABASES"},
                timeout=_TIMEOUT.total_seconds(),
            )
        except httpx.HTTPError as error:
            raise self._unavailable(str(error) or type(error).__name__) from error
        return answer.status_code in _DENIED

    def _do(self, statement: str) -> None:
        for _ in self._ask(statement):
            pass

    def _ask(self, statement: str) -> Iterable[dict[str, Any]]:
        """Return the rows of the answer to `statement`, each by the names of its columns."""
        try:
            answer = self._client.post("/query", data={"q": statement})
            document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise self._unavailable(str(error) or type(error).__name__) from error
        wrong = document.get("error") or next(
            (result["error"] for result in document.get("results", ()) if "error" in result), None
        )
        if answer.status_code in _DENIED:
            raise self._unavailable(f"{wrong}: give an administrator's name and password in --influx")
        if wrong is not None or not answer.is_success:
            raise StoreRejected(f"InfluxDB at {self._address.url}: {wrong or answer.status_code}")
        return [
            dict(zip(series["columns"], values, strict=True))
            for result in document["results"]
            for series in result.get("series", ())
            for values in series.get("values", ())
        ]

    def _unavailable(self, reason: str) -> StoreUnavailable:
        return StoreUnavailable(f"InfluxDB at {self._address.url}: {reason}")


def _duration(days: int) -> str:
    return f"{days}d" if days else "INF"


def _shards(tier: str, days: int) -> str:
    """Return how long a shard is: long enough that a chart opens few, no longer than it is kept."""
    return f"SHARD DURATION {min(_SHARD_DAYS[tier], days or _SHARD_DAYS[tier])}d"


def _seconds(duration: str) -> int:
    """Return how many seconds `2160h0m0s` is; 0 is for ever."""
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(duration))
