"""What pipelines report of themselves, and what is shown of it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from plantroom.api.documents.alarm import Name
from plantroom.api.documents.common import Out, TimeOut
from plantroom.domain.reload import Reload
from plantroom.domain.report import to_rfc3339
from plantroom.storage.records.intake import Group

Ms = Annotated[int, Field(ge=-62_135_596_800_000, le=253_402_300_799_999)]
"""ms since the epoch, UTC; years 1 to 9999."""
Count = Annotated[int, Field(ge=0, lt=2**62)]


class _Part(BaseModel):
    """A part of a report; members it does not know belong to a newer pipeline."""

    model_config = ConfigDict(frozen=True)


class LatestIn(_Part):
    """The last sample of a point."""

    asset: str
    point: str
    ts: Ms
    value: FiniteFloat | None
    quality: str


class AssetStatusIn(_Part):
    """Whether an asset can be reached."""

    asset: str
    status: Literal["online", "stale", "offline", "unknown"]
    since: Ms
    cause: str | None = None
    """Why it cannot."""


class DeadLetterIn(_Part):
    """Messages of one topic that could not be used for one reason."""

    topic: str
    reason: str
    excerpt: str
    count: Annotated[int, Field(ge=0, lt=2**62)]
    first: Ms
    last: Ms

    def group(self) -> Group:
        """Return what is to be recorded."""
        return Group(
            topic=self.topic,
            reason=self.reason,
            excerpt=self.excerpt,
            count=self.count,
            first=self.first,
            last=self.last,
        )


class UnknownDeviceIn(_Part):
    """Messages of a topic whose site or asset no file declares."""

    topic: str
    excerpt: str
    count: Annotated[int, Field(ge=0, lt=2**62)]
    first: Ms
    last: Ms

    def group(self) -> Group:
        """Return what is to be recorded."""
        return Group(
            topic=self.topic, excerpt=self.excerpt, count=self.count, first=self.first, last=self.last
        )


class MappingIn(_Part):
    """What a mapping has done since the pipeline's start; times in ms since the epoch, 0 for never."""

    name: str
    messages: Count
    values: Count
    skipped: Count
    failed: Count
    last: Ms
    last_failed: Ms
    reason: str
    topic: str


class ReloadIn(_Part):
    """What came of reading the rule files last."""

    at: Ms
    ok: bool
    errors: list[str] = []
    restart_needed: list[str] = []

    def reload(self) -> Reload:
        """Return what it says."""
        return Reload(
            at=self.at, ok=self.ok, errors=tuple(self.errors), restart_needed=tuple(self.restart_needed)
        )


class ModelOffIn(_Part):
    """A model that is switched off."""

    asset: str
    model: str
    """Empty: all of the asset's."""
    version: int
    reason: str


class ModelsIn(_Part):
    """How many models score, and which do not."""

    at_work: Count
    off: list[ModelOffIn] = []


class PipelineReport(_Part):
    """What has changed since the pipeline's last report; counts are absolute, so a repeat changes nothing."""

    pipeline: Name
    """Names it across restarts."""
    ready: bool
    reasons: list[str] = []
    latest: list[LatestIn] = []
    assets: list[AssetStatusIn] = []
    dead_letters: list[DeadLetterIn] = []
    unknown_devices: list[UnknownDeviceIn] = []
    mappings: list[MappingIn] = []
    rules: ReloadIn | None = None
    models: ModelsIn | None = None


class DeadLetterDocument(Out):
    """Messages of one topic that could not be used for one reason."""

    topic: str
    reason: str
    excerpt: str
    """The first 200 bytes of the last one."""
    count: int
    first: TimeOut
    last: TimeOut

    @classmethod
    def of(cls, group: Group) -> "DeadLetterDocument":
        """Return the document of `group`."""
        return cls(
            topic=group.topic,
            reason=group.reason,
            excerpt=group.excerpt,
            count=group.count,
            first=to_rfc3339(group.first),
            last=to_rfc3339(group.last),
        )


class UnknownDeviceDocument(Out):
    """Messages of a topic whose site or asset no file declares."""

    topic: str
    excerpt: str
    """The first 200 bytes of the last one."""
    count: int
    first: TimeOut
    last: TimeOut

    @classmethod
    def of(cls, group: Group) -> "UnknownDeviceDocument":
        """Return the document of `group`."""
        return cls(
            topic=group.topic,
            excerpt=group.excerpt,
            count=group.count,
            first=to_rfc3339(group.first),
            last=to_rfc3339(group.last),
        )
