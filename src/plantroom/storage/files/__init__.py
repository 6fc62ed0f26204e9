"""The files that engineers write (contract 4.2): sites, asset classes and rules."""

from plantroom.storage.files.loader import Files, load_files, load_installation

__all__ = ["Files", "load_files", "load_installation"]
