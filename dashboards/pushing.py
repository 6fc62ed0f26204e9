"""Bring folders, data sources and dashboards into a running Grafana, changing only what differs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from urllib.parse import urlsplit

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, GrafanaUnauthorizedError

from plantroom.domain.errors import PlantroomError

Document = Mapping[str, Any]
Credential = str | tuple[str, str]
"""A token, or a user's name and password."""

_TIMEOUT_S: Final = 30.0
_GIVEN_BY_GRAFANA: Final = frozenset({"id", "version"})
"""What a stored dashboard has that its source has not."""
_MESSAGE: Final = "plantroom dashboards push"


class PushFailed(PlantroomError):
    """Grafana does not answer, or does not let us."""


class Change(Enum):
    """What became of one thing."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """One thing in Grafana, and what became of it."""

    kind: str
    """`folder`, `data source` or `dashboard`."""
    uid: str
    title: str
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder and the dashboards in it, as Grafana stores them."""

    uid: str
    title: str
    dashboards: Sequence[Document]


class Grafana:
    """A running Grafana and what is done to it; every method raises `PushFailed`."""

    def __init__(self, url: str, credential: Credential, *, renew_secrets: bool = False) -> None:
        """Take where it is; `renew_secrets`: send passwords again, which cannot be compared."""
        parts = urlsplit(url)
        path = parts.path.strip("/")
        self._url = url
        self._renew_secrets = renew_secrets
        self._api = GrafanaApi(
            credential,
            protocol=parts.scheme,
            host=f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname,
            port=parts.port,
            url_path_prefix=f"{path}/" if path else "",
            timeout=_TIMEOUT_S,
        )

    def push(self, folders: Sequence[Folder], sources: Sequence[Document]) -> Iterator[Pushed]:
        """Bring all of it, data sources first, and yield what became of each."""
        for source in sources:
            yield self.push_source(source)
        for folder in folders:
            yield self._push_folder(folder)
            for dashboard in folder.dashboards:
                yield self._push_dashboard(dashboard, folder=folder.uid)

    def push_source(self, source: Document) -> Pushed:
        """Bring a data source; its `secureJsonData` is only sent if new, changed otherwise, or asked for."""
        uid, what = str(source["uid"]), f"data source {source['uid']}"
        there = self._find(what, lambda: self._api.datasource.get_datasource_by_uid(uid))
        with self._translated(what):
            if there is None:
                self._api.datasource.create_datasource(dict(source))
                change = Change.CREATED
            elif self._renew_secrets or not _is_same_source(source, there):
                self._api.datasource.update_datasource_by_uid(uid, dict(source))
                change = Change.UPDATED
            else:
                change = Change.UNCHANGED
        return Pushed(kind="data source", uid=uid, title=str(source["name"]), change=change)

    def demand_source(self, uid: str, *, option: str) -> None:
        """Make sure that there is a data source of that uid, which `option` would bring."""
        what = f"data source {uid}"
        if self._find(what, lambda: self._api.datasource.get_datasource_by_uid(uid)) is None:
            raise PushFailed(f"Grafana at {self._url} has no data source {uid}: give {option}")

    def _push_folder(self, folder: Folder) -> Pushed:
        what = f"folder {folder.uid}"
        there = self._find(what, lambda: self._api.folder.get_folder(folder.uid))
        with self._translated(what):
            if there is None:
                self._api.folder.create_folder(folder.title, folder.uid)
                change = Change.CREATED
            elif there["title"] != folder.title:
                self._api.folder.update_folder(folder.uid, title=folder.title, overwrite=True)
                change = Change.UPDATED
            else:
                change = Change.UNCHANGED
        return Pushed(kind="folder", uid=folder.uid, title=folder.title, change=change)

    def _push_dashboard(self, dashboard: Document, *, folder: str) -> Pushed:
        uid, what = str(dashboard["uid"]), f"dashboard {dashboard['uid']}"
        there = self._find(what, lambda: self._api.dashboard.get_dashboard(uid))
        if there is not None and there["meta"].get("provisioned"):
            raise PushFailed(
                f"{what} of Grafana at {self._url} comes from its provisioning files: mend it there"
            )
        change = Change.CREATED if there is None else Change.UPDATED
        if there is not None and _is_same_dashboard(dashboard, there, folder=folder):
            change = Change.UNCHANGED
        else:
            with self._translated(what):
                self._api.dashboard.update_dashboard(
                    {
                        "dashboard": {**dashboard, "id": None},
                        "folderUid": folder,
                        "overwrite": True,
                        "message": _MESSAGE,
                    }
                )
        return Pushed(kind="dashboard", uid=uid, title=str(dashboard["title"]), change=change)

    def _find(self, what: str, ask: Any) -> Document | None:
        """Return what `ask` answers, None where Grafana has no such thing."""
        with self._translated(what):
            try:
                found: Document = ask()
            except GrafanaClientError as error:
                if error.status_code == 404:
                    return None
                raise
        return found

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except GrafanaUnauthorizedError as error:
            raise PushFailed(f"Grafana at {self._url} does not know the token or user") from error
        except GrafanaException as error:
            if error.status_code == 403:
                raise PushFailed(f"{what}: the token or user may not: {_said(error)}") from error
            raise PushFailed(
                f"{what}: Grafana at {self._url} answers {error.status_code}: {_said(error)}"
            ) from error
        except OSError as error:  # every error of the client's HTTP library is one
            raise PushFailed(f"Grafana at {self._url} does not answer: {error}") from error


def _said(error: GrafanaException) -> str:
    answer = error.response
    return str(answer.get("message", answer)) if isinstance(answer, dict) else str(answer)[:300]


def _is_same_source(source: Document, there: Document) -> bool:
    """Return whether all that can be compared is the same; of secrets Grafana says only that it has them."""
    secrets = source.get("secureJsonData", {}).keys()
    open_parts = {key: value for key, value in source.items() if key != "secureJsonData"}
    kept = there.get("secureJsonFields", {})
    return all(there.get(key) == value for key, value in open_parts.items()) and all(map(kept.get, secrets))


def _is_same_dashboard(dashboard: Document, there: Document, *, folder: str) -> bool:
    stored = {key: value for key, value in there["dashboard"].items() if key not in _GIVEN_BY_GRAFANA}
    wanted = {key: value for key, value in dashboard.items() if key not in _GIVEN_BY_GRAFANA}
    return stored == wanted and there["meta"].get("folderUid") == folder
