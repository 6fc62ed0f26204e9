"""What documents have in common: times, texts, lists and notes."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from plantroom.domain.report import from_rfc3339, to_rfc3339
from plantroom.domain.text import Text
from plantroom.storage.records.history import Note


def parse_time(text: str) -> int:
    """Return RFC 3339 `text` as ms since the epoch; in a URL its `+` may have become a space.

    Raises:
        ValueError: it is no RFC 3339 time with an offset.
    """
    if len(text) > 6 and text[-6] == " ":
        text = f"{text[:-6]}+{text[-5:]}"
    try:
        return from_rfc3339(text)
    except OverflowError as error:
        raise ValueError(f"time is out of range: {text!r}") from error
    except ValueError as error:
        raise ValueError(f"not an RFC 3339 time such as 2026-01-31T08:00:00Z: {text!r}") from error


def _check_time(text: str) -> str:
    return to_rfc3339(parse_time(text))


TimeOut = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339, UTC."""
TimeIn = Annotated[
    str, AfterValidator(_check_time), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""RFC 3339 with any offset; normalised to UTC."""
ShortText = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
LongText = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")]

Item = TypeVar("Item")


class In(BaseModel):
    """A document that is taken: a member it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """A document that is answered."""

    model_config = ConfigDict(frozen=True)


class Page(Out, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next: str | None
    """What to give as `cursor` for the part that follows; null: there is none."""


class TextDocument(Out):
    """A text in the product's languages."""

    en: str = ""
    zh: str = ""

    @classmethod
    def of(cls, text: Text) -> "TextDocument":
        """Return the document of `text`."""
        return cls(en=text.en, zh=text.zh)


class TextIn(In):
    """A text in one or both of the product's languages."""

    en: ShortText = ""
    zh: ShortText = ""

    def text(self) -> Text:
        """Return what it says."""
        return Text(en=self.en, zh=self.zh)


class NoteDocument(Out):
    """What a person wrote."""

    at: TimeOut
    who: str
    text: str

    @classmethod
    def of(cls, note: Note) -> "NoteDocument":
        """Return the document of `note`."""
        return cls(at=to_rfc3339(note.at), who=note.who, text=note.text)


class NoteIn(In):
    """What a person writes."""

    text: Annotated[LongText, Field(min_length=1)]


class ProblemDocument(Out):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


def time_or_none(ms: int | None) -> str | None:
    """Return a time (ms since the epoch) as RFC 3339 text."""
    return None if ms is None else to_rfc3339(ms)
