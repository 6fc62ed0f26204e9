"""Texts that people read, in the product's two languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text in English and Chinese; a missing one falls back to the other."""

    en: str = ""
    zh: str = ""

    def in_language(self, language: str) -> str:
        """Return the text in `language` (`en` or `zh`), or in the other where that one is missing."""
        if language == "zh":
            return self.zh or self.en
        return self.en or self.zh
