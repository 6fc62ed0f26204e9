"""Writes that a request asks for: one transaction with its audit, events and idempotency key."""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from plantroom.api.access.gate import identify
from plantroom.api.access.identity import Identity
from plantroom.api.act import Act
from plantroom.api.alarming import consequences
from plantroom.api.problems import Problem
from plantroom.api.services import Services, ServicesOf
from plantroom.storage.records import idempotency
from plantroom.storage.records.idempotency import Answer


class Writer:
    """Does what a request asks for, at most once per idempotency key."""

    def __init__(self, services: Services, identity: Identity, key: str | None, request: str) -> None:
        self._services = services
        self._who = identity.name
        self._key = key
        self._request = request

    def __call__(self, action: Callable[[Act], BaseModel], *, status: HTTPStatus = HTTPStatus.OK) -> Response:
        """Run `action` in a transaction and return its document, or the answer given before."""
        with self._services.records.write() as connection:
            act = Act(
                connection=connection,
                who=self._who,
                now=self._services.clock(),
                policy=self._services.policy,
                installation=self._services.rules.installation,
                models=self._services.models.registry if self._services.models else None,
            )
            answer = self._given(act) or self._give(act, action, status)
        return Response(answer.document, status_code=answer.status, media_type="application/json")

    def _given(self, act: Act) -> Answer | None:
        if self._key is None:
            return None
        answer = idempotency.find(act.connection, who=self._who, key=self._key)
        if answer is not None and answer.request != self._request:
            detail = f"the idempotency key {self._key!r} was used for another request"
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        return answer

    def _give(self, act: Act, action: Callable[[Act], BaseModel], status: HTTPStatus) -> Answer:
        document = action(act).model_dump_json()
        consequences.announce(act)
        answer = Answer(request=self._request, status=status, document=document)
        if self._key is not None:
            idempotency.keep(act.connection, who=self._who, key=self._key, answer=answer, now=act.now)
        return answer


async def writer(
    request: Request,
    services: ServicesOf,
    identity: Annotated[Identity, Depends(identify)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Writer:
    """Return what writes for `request`."""
    fingerprint = ""
    if idempotency_key is not None:
        body = await request.body()
        fingerprint = hashlib.sha256(
            json.dumps([request.method, request.url.path, body.decode(errors="replace")]).encode()
        ).hexdigest()
    return Writer(services, identity, idempotency_key, fingerprint)


Writing = Annotated[Writer, Depends(writer)]
