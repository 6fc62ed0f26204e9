"""The HTTP API's paths (contract 4.4)."""

from typing import Final

PREFIX: Final = "/api/v1"
