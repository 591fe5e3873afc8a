"""PNG and PDF from our SVG with MuPDF, whose built-in font draws Chinese on any machine."""

from __future__ import annotations

import re

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

    with pymupdf.open(stream=_emboldened(svg).encode(), filetype="svg") as document:
        page = document[0]
        if scale <= 0 or page.rect.width * page.rect.height * scale**2 > _MOST_PIXELS:
            raise UsageError(f"scale {scale:g} gives no usable picture; use a number from 0.5 to 8")
        return bytes(page.get_pixmap(matrix=pymupdf.Matrix(scale, scale)).tobytes("png"))


def pdf_bytes(svg: str, title: str) -> bytes:
    """The picture as a one-page PDF with embedded, subset fonts; its text can be searched."""
    import pymupdf

    with pymupdf.open(stream=_emboldened(svg).encode(), filetype="svg") as picture:
        converted = picture.convert_to_pdf()
    with pymupdf.open("pdf", converted) as document:
        document.set_metadata({"title": title})
        document.subset_fonts()
        return bytes(document.tobytes(garbage=4, deflate=True, no_new_id=True))


def _emboldened(svg: str) -> str:
    """Bold Chinese words get an outline: the built-in font has no bold of its own."""
    return _BOLD.sub(_outlined, svg)


def _outlined(bold: re.Match[str]) -> str:
    if not any(map(is_wide, bold["words"])):
        return bold[0]
    size, fill = bold["size"], bold["fill"]
    outline = f'stroke="{fill}" stroke-width="{float(size) * 0.03:.2f}"'
    return f'font-size="{size}" fill="{fill}" {outline}{bold["more"]}>{bold["words"]}'
