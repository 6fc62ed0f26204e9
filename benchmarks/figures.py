"""What benchmarks print for people."""

from typing import Any


def show(figures: dict[str, Any], indent: str = "") -> None:
    """Print `figures` for people."""
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            show(value, indent + "  ")
        else:
            print(f"{indent}{name}: {value}")
