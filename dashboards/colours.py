"""Colours with one meaning each: grey is normal, each severity has its own, the rest only tells apart."""

from typing import Final

from plantroom.domain.rule import Severity

NORMAL: Final = "#8e9ba3"
"""As it should be."""
AT_REST: Final = "#4d5960"
"""As it should be, and doing nothing."""
RUNNING: Final = "#4a90a4"
"""As it should be, and at work."""
UNKNOWN: Final = "#6b5b95"
NONE: Final = "transparent"

SEVERITY: Final = {
    Severity.INFO: "#74b7f5",
    Severity.WARNING: "#f5d04c",
    Severity.MAJOR: "#ff9d4d",
    Severity.CRITICAL: "#ff6b6f",
}

APART: Final = (
    "#4cc3b6", "#8ab8ff", "#b39ddb", "#9ccc65", "#5c9ead",
    "#c58fb8", "#7986cb", "#b0a58f", "#66a182", "#a3c4dc",
)  # fmt: skip
"""Hues of lines side by side; none is near a severity's."""
