"""The description of the API that it gives of itself (`/openapi.json`)."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI

from plantroom.api.documents.common import ProblemDocument
from plantroom.api.problems import MEDIA_TYPE

ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status.value: {"model": ProblemDocument, "description": status.phrase}
    for status in (
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}


class DescribedApp(FastAPI):
    """An app whose description gives errors the media type that they have."""

    def openapi(self) -> dict[str, Any]:
        """Return the description of the API."""
        if self.openapi_schema is None:
            document = super().openapi()
            for methods in document["paths"].values():
                for operation in methods.values():
                    _name_problems(operation["responses"])
            self.openapi_schema = document
        return self.openapi_schema


def _name_problems(answers: dict[str, Any]) -> None:
    for answer in answers.values():
        content = answer.get("content", {})
        schema = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if schema.endswith("/ProblemDocument"):
            content[MEDIA_TYPE] = content.pop("application/json")
