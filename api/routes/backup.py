"""`/backup`: the part of a backup that only the owner of the embedded samples can make."""

import time
from http import HTTPStatus

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from plantroom.api.access.gate import Engineer
from plantroom.api.act import Act
from plantroom.api.documents.backup import SamplesCopied
from plantroom.api.problems import Problem
from plantroom.api.routes import PREFIX
from plantroom.api.services import ServicesOf
from plantroom.api.threads import at_its_leisure
from plantroom.api.writing import Writing
from plantroom.storage.backup import ASIDE
from plantroom.storage.series.duckdb_store import DuckDbStore
from plantroom.storage.series.tiered_store import TieredStore

router = APIRouter(prefix=PREFIX, tags=["backup"])


@router.put("/backup/samples", response_model=SamplesCopied)
async def copy_samples(services: ServicesOf, _engineer: Engineer, write: Writing) -> Response:
    """Copy the embedded samples into the data directory's folder `backup`, for `plantroom backup`."""
    tiered = services.store
    store = tiered.raw if isinstance(tiered, TieredStore) else tiered
    if not isinstance(store, DuckDbStore):
        raise Problem(HTTPStatus.CONFLICT, "the samples are not embedded: they are in InfluxDB")
    began = time.monotonic()
    await at_its_leisure(lambda: store.copy_aside(ASIDE))
    seconds = round(time.monotonic() - began, 3)

    def note(act: Act) -> SamplesCopied:
        act.record("backup.samples", "samples", f"{seconds} s")
        return SamplesCopied(seconds=seconds)

    return await run_in_threadpool(lambda: write(note))
