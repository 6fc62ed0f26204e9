"""InfluxDB 2.x, by its own client: buckets, their mappings to database and policy, and tokens.

Source: InfluxDB OSS 2.x API, https://docs.influxdata.com/influxdb/v2/api/.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from influxdb_client import (
    Authorization,
    Bucket,
    BucketRetentionRules,
    DBRPCreate,
    DBRPsService,
    DBRPUpdate,
    InfluxDBClient,
    Organization,
    Permission,
    PermissionResource,
    PostBucketRequest,
)
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from plantroom.domain.errors import StoreRejected, StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.administration.plan import (
    DAY_S,
    RAW,
    TIERS,
    Account,
    Outcome,
    Plan,
    State,
    kept,
    other_retention,
)

_TIMEOUT_MS: Final = 20_000
_DENIED: Final = frozenset({401, 403})


def set_up(address: InfluxAddress, plan: Plan, *, org: str | None = None) -> Outcome:
    """Make and check what `plan` wants of the server at `address`, whose token may administrate `org`.

    Without `org` it is the only one that the token sees.

    Raises:
        StoreUnavailable: the server is away, or does not let us.
        StoreRejected: it does not take a request, or there is no such organization.
    """
    client = InfluxDBClient(url=address.url, token=address.token, timeout=_TIMEOUT_MS)
    with _translated_errors(address), closing(client):
        work = _Administration(client, plan, org=org)
        work.check_buckets()
        work.check_mappings()
        work.check_tokens()
        return work.outcome


class _Administration:
    """One course of work in one organization of one server."""

    def __init__(self, client: InfluxDBClient, plan: Plan, *, org: str | None) -> None:
        self._client = client
        self._plan = plan
        self.outcome = Outcome()
        self._org = self._organization(org)
        self._buckets: dict[str, str] = {}
        """Ids of the buckets that are there, by tier."""

    def check_buckets(self) -> None:
        """Make a bucket for each tier."""
        api = self._client.buckets_api()
        for tier in TIERS:
            name = f"{self._plan.database}/{tier}"
            found = api.find_buckets(org_id=self._org, name=name).buckets
            if found:
                self._buckets[tier] = found[0].id
                self._check_retention(found[0], tier)
            elif self._plan.only_check:
                self.outcome.add("bucket", name, State.MISSING)
            else:
                wanted = PostBucketRequest(
                    org_id=self._org, name=name, rp=None, retention_rules=_rules(self._plan.days[tier])
                )
                self._buckets[tier] = api.create_bucket(bucket=wanted).id
                self.outcome.add("bucket", name, State.MADE, kept(self._plan.days[tier]))

    def check_mappings(self) -> None:
        """Let database and policy lead to each bucket, the raw one where no policy is said.

        The server makes such mappings up by the names of buckets, but not which one is the default.
        """
        service = DBRPsService(self._client.api_client)
        content = service.get_dbr_ps(org_id=self._org, db=self._plan.database).content or []
        found = {each.retention_policy: each for each in content if not each.virtual}
        for tier in TIERS:
            self._check_mapping(service, tier, found.get(tier))

    def check_tokens(self) -> None:
        """Make a token for each account, with rights on these buckets alone."""
        if len(self._buckets) < len(TIERS):
            for account in Account:
                self.outcome.add("token", self._description(account), State.MISSING)
            return
        found = self._client.authorizations_api().find_authorizations(org_id=self._org) or []
        for account in Account:
            mine = [each for each in found if each.description == self._description(account)]
            self._check_token(account, mine)

    def _organization(self, name: str | None) -> str:
        """Return the id of the organization."""
        found = self._client.organizations_api().find_organizations(**({"org": name} if name else {})) or []
        if len(found) == 1:
            first: Organization = found[0]
            return str(first.id)
        names = ", ".join(sorted(each.name for each in found))
        raise StoreRejected(
            f"InfluxDB: say which organization by --org: {names}"
            if found
            else "InfluxDB: the token sees no organization"
        )

    def _check_retention(self, bucket: Bucket, tier: str) -> None:
        days = self._plan.days[tier]
        found_s = next((rule.every_seconds for rule in bucket.retention_rules or ()), 0)
        if found_s == days * DAY_S:
            self.outcome.add("bucket", bucket.name, State.PRESENT, kept(days))
            return
        detail = other_retention(found_s, days)
        if self._plan.only_check or not self._plan.apply_retention:
            self.outcome.add("bucket", bucket.name, State.DIFFERS, detail)
            return
        bucket.retention_rules = [BucketRetentionRules(type="expire", every_seconds=days * DAY_S)]
        self._client.buckets_api().update_bucket(bucket)
        self.outcome.add("bucket", bucket.name, State.CHANGED, f"was {detail}")

    def _check_mapping(self, service: DBRPsService, tier: str, found: Any | None) -> None:
        bucket, is_default = self._buckets.get(tier), tier == RAW
        name = f"{self._plan.database}.{tier}"
        what = "the default one" if is_default else ""
        if found is not None and found.bucket_id != bucket:
            self.outcome.add("mapping", name, State.DIFFERS, f"leads to another bucket: {found.bucket_id}")
        elif found is not None and found.default == is_default:
            self.outcome.add("mapping", name, State.PRESENT, what)
        elif self._plan.only_check or bucket is None:
            self.outcome.add("mapping", name, State.MISSING if found is None else State.DIFFERS, what)
        elif found is None:
            service.post_dbrp(
                DBRPCreate(
                    org_id=self._org,
                    bucket_id=bucket,
                    database=self._plan.database,
                    retention_policy=tier,
                    default=is_default,
                )
            )
            self.outcome.add("mapping", name, State.MADE, what)
        else:
            update = DBRPUpdate(retention_policy=tier, default=is_default)
            service.patch_dbrpid(found.id, update, org_id=self._org)
            self.outcome.add("mapping", name, State.CHANGED, what)

    def _check_token(self, account: Account, found: list[Authorization]) -> None:
        name, may = self._description(account), "write and read" if account.writes else "read"
        wanted = self._permissions(account)
        sound = [
            each for each in found if each.status == "active" and _said(each.permissions) == _said(wanted)
        ]
        if sound and not self._plan.renew:
            self.outcome.add("token", name, State.PRESENT, f"may {may}")
            return
        if self._plan.only_check:
            state, detail = (State.DIFFERS, "has other rights") if found else (State.MISSING, f"may {may}")
            self.outcome.add("token", name, state if not sound else State.PRESENT, detail)
            return
        api = self._client.authorizations_api()
        made = api.create_authorization(
            authorization=Authorization(org_id=self._org, description=name, permissions=wanted)
        )
        for each in found:
            api.delete_authorization(each.id)
        self.outcome.secrets[account] = made.token
        self.outcome.add("token", name, State.CHANGED if found else State.MADE, f"may {may}")

    def _permissions(self, account: Account) -> list[Permission]:
        actions = ("read", "write") if account.writes else ("read",)
        return [
            Permission(
                action=action,
                resource=PermissionResource(type="buckets", id=self._buckets[tier], org_id=self._org),
            )
            for tier in TIERS
            for action in actions
        ]

    def _description(self, account: Account) -> str:
        """Return by what a token is known again: it has no name."""
        return f"{self._plan.database} {account.value}"


def _rules(days: int) -> list[BucketRetentionRules]:
    """Return the rules that keep samples for `days`; none keep them for ever."""
    return [BucketRetentionRules(type="expire", every_seconds=days * DAY_S)] if days else []


def _said(permissions: list[Permission] | None) -> set[tuple[str, str, str | None]]:
    return {(each.action, each.resource.type, each.resource.id) for each in permissions or ()}


@contextmanager
def _translated_errors(address: InfluxAddress) -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        said = f"InfluxDB at {address.url}: {error.status} {error.message or error.reason}"
        if error.status in _DENIED:
            raise StoreUnavailable(
                f"{said}: the token must be one that administrates the organization"
            ) from error
        if error.status is None or error.status >= 500:
            raise StoreUnavailable(said) from error
        raise StoreRejected(said) from error
    except HTTPError as error:
        raise StoreUnavailable(f"InfluxDB at {address.url}: {error}") from error
