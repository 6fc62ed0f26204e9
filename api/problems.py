"""Every error that the HTTP API answers with, as RFC 9457 problem details."""

import logging
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from plantroom.domain.errors import ModelUnusable, RecordsUnavailable, StoreRejected, StoreUnavailable
from plantroom.storage.series.port import TimeSeriesStore

MEDIA_TYPE: Final = "application/problem+json"
log = logging.getLogger(__name__)


class Problem(Exception):
    """A request that cannot be answered as asked."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None, **facts: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.facts = facts
        """Members of the document beside the standard ones."""


def not_found(what: str) -> Problem:
    """Return that `what` does not exist."""
    return Problem(HTTPStatus.NOT_FOUND, f"there is no {what}")


def bad_value(name: str, message: str) -> Problem:
    """Return that the parameter or field `name` has a value it cannot have."""
    errors = [{"at": name, "message": message}]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: {message}", errors=errors)


def needed(store: TimeSeriesStore | None) -> TimeSeriesStore:
    """Return `store`.

    Raises:
        Problem: there is none.
    """
    if store is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "no time-series store is set up")
    return store


def answer(problem: Problem) -> JSONResponse:
    """Return `problem` as a response."""
    document = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        **problem.facts,
    }
    return JSONResponse(document, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def answer_all_errors_as_problems(app: FastAPI) -> None:
    """Make `app` answer every error as problem details."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(RecordsUnavailable, _of_absence)
    app.add_exception_handler(StoreUnavailable, _of_absence)
    app.add_exception_handler(ModelUnusable, _of_absence)
    app.add_exception_handler(StoreRejected, _of_rejection)
    app.add_exception_handler(Exception, _of_defect)


def _of_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(error)


def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    details = {
        HTTPStatus.NOT_FOUND: f"there is no {request.url.path}",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not possible on {request.url.path}",
    }
    headers = dict(error.headers) if error.headers else None
    return answer(Problem(status, details.get(status, str(error.detail)), headers=headers))


def _of_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"at": ".".join(str(part) for part in mistake["loc"]), "message": mistake["msg"]}
        for mistake in error.errors()
    ]
    detail = "; ".join(f"{mistake['at']}: {mistake['message']}" for mistake in errors)
    return answer(Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors))


def _of_absence(_request: Request, error: Exception) -> JSONResponse:
    return answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers={"Retry-After": "5"}))


def _of_rejection(_request: Request, error: Exception) -> JSONResponse:
    return answer(Problem(HTTPStatus.BAD_GATEWAY, str(error)))


def _of_defect(request: Request, error: Exception) -> JSONResponse:
    log.error("request failed", exc_info=error, extra={"method": request.method, "path": request.url.path})
    return answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a defect of the product; its log says more"))
