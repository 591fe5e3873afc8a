"""PNG and PDF from our SVG with MuPDF, whose built-in font draws Chinese on any machine."""

from __future__ import annotations

import re

from journeylib.drawing.glyphs import legible
from journeylib.drawing.measure import is_wide
from journeylib.errors import UsageError

_BOLD = re.compile(
    r'font-size="(?P<size>[\d.]+)" fill="(?P<fill>#\w+)"'
    r'(?P<more>[^>]*) font-weight="bold">(?P<words>[^<]*)'
)
_MOST_PIXELS = 200_000_000


def png_bytes(svg: str, scale: float) -> bytes:
    """The picture as PNG; `scale` is pixels per unit of the SVG."""
    import pymupdf

    with pymupdf.open(
        stream=_BOLD.sub(_outlined, legible(svg)).encode(), filetype="svg"
    ) as document:
        page = document[0]
        if scale <= 0 or page.rect.width * page.rect.height * scale**2 > _MOST_PIXELS:
            raise UsageError(f"scale {scale:g} gives no usable picture; use a number from 0.5 to 8")
        return bytes(page.get_pixmap(matrix=pymupdf.Matrix(scale, scale)).tobytes("png"))


def pdf_bytes(svg: str, title: str) -> bytes:
    """The picture as a one-page PDF with embedded, subset fonts; its text can be searched."""
    import pymupdf

    with pymupdf.open(stream=_BOLD.sub(_regular, legible(svg)).encode(), filetype="svg") as picture:
        converted = picture.convert_to_pdf()
    with pymupdf.open("pdf", converted) as document:
        document.set_metadata({"title": title})
        document.subset_fonts()
        return bytes(document.tobytes(garbage=4, deflate=True, no_new_id=True))


def _regular(bold: re.Match[str]) -> str:
    """Without bold where there is Chinese: the built-in font has none, and a mix looks torn."""
    if not any(map(is_wide, bold["words"])):
        return bold[0]
    return f'font-size="{bold["size"]}" fill="{bold["fill"]}"{bold["more"]}>{bold["words"]}'


def _outlined(bold: re.Match[str]) -> str:
    """The same with an outline, which looks bold; in a PDF it would double the words."""
    if not any(map(is_wide, bold["words"])):
        return bold[0]
    outline = f'stroke="{bold["fill"]}" stroke-width="{float(bold["size"]) * 0.03:.2f}" '
    return outline + _regular(bold)
