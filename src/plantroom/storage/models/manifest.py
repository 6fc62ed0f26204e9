"""What is written down beside a trained model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from plantroom.domain.text import Text

FORMAT: Final = 1

Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """How a model of an asset came to be; times are ms since the epoch, UTC."""

    asset: str
    asset_class: str
    plan: str
    """Fingerprint of the plan it was trained by."""
    start: int
    """Begin of the time it learnt from."""
    end: int
    rows: int
    """Minutes of that time that it learnt from."""
    trained_at: int
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """How good it is, in words of `plantroom.models.training`."""
    limits: Mapping[str, float | None] = field(default_factory=dict)
    """Raw score that counts as 1, by id of the model; None: it raises nothing."""
    reasons: tuple[Text, ...] = ()
    """What is to be known of it: what was left out, why it was not put to work."""
    drift: Mapping[str, Any] | None = None
    """How the asset stood to what the models before it learnt, when that was last asked; None: never."""
    libraries: Mapping[str, str] = field(default_factory=dict)
    """Versions of the product and of what it computes with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A kept model: everything about it but its arrays."""

    format: Literal[1] = FORMAT
    version: int
    sha256: str
    """Of the file of its arrays."""
    training: Training
    document: Mapping[str, Any]
    """What `models.bundle.to_kept` wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A model as it is at work."""

    version: int
    document: Mapping[str, Any]
    arrays: Arrays
    confirmed: bool
    """Whether people have confirmed enough of what the asset's models found."""
