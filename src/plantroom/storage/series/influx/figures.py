"""What a pipeline says of itself, beside the readings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from plantroom.domain.errors import StoreUnavailable
from plantroom.storage.series.influx.address import InfluxAddress
from plantroom.storage.series.influx.connection import InfluxConnection, pack

MEASUREMENT: Final = "plantroom_pipeline"
_TIMEOUT: Final = timedelta(seconds=5)


class InfluxFigures:
    """Writes one line at a time into the database and retention policy of the readings."""

    def __init__(self, address: InfluxAddress) -> None:
        self._connection = InfluxConnection(address, timeout=_TIMEOUT)

    def put(self, pipeline: str, figures: Mapping[str, float], *, at: int) -> None:
        """Keep the figures of the pipeline of that name, `at` ms.

        Raises:
            StoreUnavailable: the server does not take them now.
        """
        fields = ",".join(f"{name}={float(value)!r}" for name, value in figures.items())
        refusal = self._connection.write(pack(f"{MEASUREMENT},pipeline={pipeline} {fields} {at}".encode()))
        if refusal is not None:
            # Whoever made these fields of another type has to put it right; no sample waits for it.
            raise StoreUnavailable(f"figures refused: {refusal.reason}")

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()
