"""Recorded plant data that others have published, read as they are."""

from plantroom.domain.errors import PlantroomError


class DataSetUnreadable(PlantroomError, ValueError):
    """A folder or file is not the data set that it should be."""
