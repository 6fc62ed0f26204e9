"""The way in, for whoever has not signed in."""

from http import HTTPStatus

from fastapi import Request, Response

from plantroom.api.services import services_of
from plantroom.api.web.reader import voice_for
from plantroom.api.web.render import render


def door(request: Request, *, mistake: str | None = None) -> Response:
    status = HTTPStatus.UNAUTHORIZED if mistake else HTTPStatus.OK
    return render(
        "sign_in.html",
        status,
        title="Plantroom",
        voice=voice_for(request),
        clock_rate=services_of(request).clock_rate,
        mistake=mistake,
    )
