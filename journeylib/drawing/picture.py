"""`Picture`: what the map and every chart can do once they are SVG."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from journeylib.drawing import raster
from journeylib.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from journeylib.drawing.listing import Listing


class Picture(ABC):
    """A finished picture: shows itself in a notebook, gives PNG and PDF, writes itself to a file."""

    suffixes: ClassVar[tuple[str, ...]] = (".svg", ".png", ".pdf", ".pptx")
    svg: str

    @property
    @abstractmethod
    def title(self) -> str:
        """The words at its top."""

    def png(self, scale: float = 2) -> bytes:
        """The picture as PNG, `scale` pixels for each unit of the SVG."""
        return raster.png_bytes(self.svg, scale)

    def pdf(self) -> bytes:
        """The picture as a PDF of one page, fonts embedded, words searchable."""
        return raster.pdf_bytes(self.svg, self.title)

    def pptx(self) -> bytes:
        """The picture as a PowerPoint slide of native shapes and editable words, `listing` after it."""
        from journeylib.drawing import slides

        return slides.deck(self.svg, self.title, self.listing)

    @property
    def listing(self) -> Listing | None:
        """The findings that it shows as a table, where it shows any."""
        return None

    def save(self, path: str | Path) -> Path:
        """Write the picture in the format of the suffix; an existing file is replaced whole."""
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix not in self.suffixes:
            raise UsageError(
                f"{path.name}: cannot draw a {suffix or 'file without suffix'}; "
                f"use one of {', '.join(self.suffixes)}." + did_you_mean(suffix, self.suffixes)
            )
        _replace(path, self._as(suffix))
        return path

    def _as(self, suffix: str) -> bytes:
        match suffix:
            case ".png":
                return self.png()
            case ".pdf":
                return self.pdf()
            case ".pptx":
                return self.pptx()
        words: str = getattr(self, suffix[1:])
        return words.encode()

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def _replace(path: Path, content: bytes) -> None:
    """Write beside `path`, then rename: nobody ever sees half a file."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
