"""PNG and PDF from our SVG with MuPDF, whose built-in font draws Chinese on any machine."""

from __future__ import annotations

from typing import Any

from journeylib.errors import MissingExtraError, UsageError

_MOST_PIXELS = 200_000_000


def png_bytes(svg: str, scale: float) -> bytes:
    """The picture as PNG; `scale` is pixels per unit of the SVG."""
    mupdf = _mupdf()
    with mupdf.open(stream=svg.encode(), filetype="svg") as document:
        page = document[0]
        if not 0 < scale or page.rect.width * page.rect.height * scale**2 > _MOST_PIXELS:
            raise UsageError(f"scale {scale:g} gives no usable picture; use a number from 0.5 to 8")
        return bytes(page.get_pixmap(matrix=mupdf.Matrix(scale, scale)).tobytes("png"))


def pdf_bytes(svg: str, title: str) -> bytes:
    """The picture as a one-page PDF with embedded, subset fonts; its text can be searched."""
    mupdf = _mupdf()
    with mupdf.open(stream=svg.encode(), filetype="svg") as picture:
        converted = picture.convert_to_pdf()
    with mupdf.open("pdf", converted) as document:
        document.set_metadata({"title": title})
        document.subset_fonts()
        return bytes(document.tobytes(garbage=4, deflate=True, no_new_id=True))


def _mupdf() -> Any:
    try:
        import pymupdf
    except ImportError:
        raise MissingExtraError("Writing PNG and PDF", "draw") from None
    return pymupdf
