"""`/history`: samples of the past are taken (contract 4.4)."""

from fastapi import APIRouter, Response

from plantroom.api.access.gate import EngineerOrPipeline
from plantroom.api.act import Act
from plantroom.api.documents.history import HistoryDocument, HistoryIn
from plantroom.api.history import store_history
from plantroom.api.routes import PREFIX
from plantroom.api.services import ServicesOf
from plantroom.api.writing import Writing

router = APIRouter(prefix=PREFIX, tags=["assets"])


@router.post("/history", response_model=HistoryDocument)
def add_history(services: ServicesOf, _who: EngineerOrPipeline, write: Writing, body: HistoryIn) -> Response:
    """Store samples of the past; rules and models do not see them as live ones, and nothing alarms.

    The same asset, point and time sent again replaces what was there, so a request may be repeated.
    """
    # Before the records' transaction, which must not wait for the time-series store.
    done = store_history(services.store, services.installation.table, body)

    def action(act: Act) -> HistoryDocument:
        assets = sorted({each.asset for each in body.series})
        for asset in assets:
            act.record("history", asset, f"{sum(len(s.ts) for s in body.series if s.asset == asset)} samples")
        return done

    return write(action)
