"""The demo building."""

from pathlib import Path
from typing import Final

SITE_FILE: Final = Path(__file__).parent / "site.yaml"
