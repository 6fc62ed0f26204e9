"""Documents about backups."""

from plantroom.api.documents.common import Out


class SamplesCopied(Out):
    """A copy of the embedded samples that was made."""

    seconds: float
