"""A picture as a PowerPoint file: native shapes, words that can be edited, parts as named groups.

The same picture gives the same bytes: no clock, no author but the program.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from journeylib.documents.archive import EPOCH, without_clock
from journeylib.documents.blocks import printable
from journeylib.drawing.drawingml import EMU, Pen, drawn, filled
from journeylib.drawing.geometry import Point, Rect
from journeylib.drawing.listing import Listing
from journeylib.drawing.shapes import Shape, Sheet, Slab, read_shapes
from journeylib.drawing.svg import element
from journeylib.drawing.tables import listing_shapes

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

_INCH = 96.0
_MOST, _LEAST = 56 * _INCH, _INCH
"""PowerPoint's limits of a slide, in pixels."""
_TITLE_ONLY = 5
_TITLE_LIMIT = 255
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="http://schemas.openxmlformats.org/{place}"'
    for prefix, place in (
        ("a", "drawingml/2006/main"),
        ("p", "presentationml/2006/main"),
        ("r", "officeDocument/2006/relationships"),
    )
)


def deck(svg: str, title: str, listing: Listing | None = None) -> bytes:
    """The picture on one slide of its own proportions; its findings as a table on a second.

    A picture longer than PowerPoint's 56 inches is scaled down. `UsageError` when there is
    something in the SVG that cannot be drawn as a shape: nothing is left out.
    """
    import pptx

    sheet = read_shapes(svg)
    scale = min(1.0, _MOST / max(sheet.width, sheet.height))
    size = max(sheet.width * scale, _LEAST), max(sheet.height * scale, _LEAST)
    show = pptx.Presentation()
    _describe(show, title, sheet.label)
    _resize(show, size)
    _picture(show, sheet, scale)
    if listing is not None:
        _findings(show, listing, size)
    raw = io.BytesIO()
    show.save(raw)
    return without_clock(raw.getvalue())


# -- the whole -----------------------------------------------------------------------------------


def _describe(show: Presentation, title: str, label: str) -> None:
    """Core properties; without them the library would tell its own story and the time."""
    core = show.core_properties
    core.title = printable(title)[:_TITLE_LIMIT]
    core.author = core.last_modified_by = "journeylib"
    core.comments, core.keywords = label[:_TITLE_LIMIT], ""
    core.created = core.modified = EPOCH
    core.revision = 1
    # The library's template brings a picture of itself and the settings of somebody's printer.
    for part in (show.part.package, show.part):
        for rel_id, rel in list(part._rels.items()):
            if rel.reltype.endswith(("/thumbnail", "/printerSettings")):
                part._rels.pop(rel_id)


def _resize(show: Presentation, size: Point) -> None:
    """The slide, and with it the places that its layouts offer to new ones."""
    before = show.slide_width or 1, show.slide_height or 1
    now = tuple(round(length * EMU) for length in size)
    show.slide_width, show.slide_height = now
    for holder in (show.slide_master, *show.slide_layouts):
        for shape in holder.placeholders:
            if shape._element.spPr.xfrm is None:
                continue  # it is where the master has it
            for n, names in enumerate((("left", "width"), ("top", "height"))):
                for name in names:
                    setattr(shape, name, round(getattr(shape, name) * now[n] / before[n]))


def _blank(show: Presentation, colour: str) -> Slide:
    slide: Slide = show.slides.add_slide(show.slide_layouts[_TITLE_ONLY])
    for shape in list(slide.placeholders):
        shape._element.getparent().remove(shape._element)
    ground = element("p:bgPr", filled(colour), "<a:effectLst/>")
    slide._element.cSld.insert(0, _parsed("p:bg", ground))
    return slide


def _append(slide: Slide, drawn_shapes: Iterable[str]) -> None:
    for shape in _parsed("p:spTree", *drawn_shapes):
        slide.shapes._spTree.append(shape)


def _parsed(tag: str, *children: str) -> Any:
    from pptx.oxml import parse_xml

    return parse_xml(element(tag, *children).replace(f"<{tag}", f"<{tag} {_NAMESPACES}", 1))


# -- the picture ---------------------------------------------------------------------------------


def _picture(show: Presentation, sheet: Sheet, scale: float) -> None:
    page, shapes = _ground(sheet)
    _append(_blank(show, page), drawn(shapes, Pen(scale)))


def _ground(sheet: Sheet) -> tuple[str, Sequence[Shape]]:
    """What fills the whole page becomes the slide's own background, which nobody drags away."""
    first, whole = sheet.shapes[0], Rect(0, 0, sheet.width, sheet.height)
    if isinstance(first, Slab) and first.area == whole and first.paint.fill:
        return first.paint.fill, sheet.shapes[1:]
    return "#ffffff", sheet.shapes


# -- the findings --------------------------------------------------------------------------------


def _findings(show: Presentation, listing: Listing, size: Point) -> None:
    slide, pen = _blank(show, listing.theme.page), Pen()
    margin = size[0] * 0.03
    area = Rect(margin, margin, size[0] - 2 * margin, size[1] - 2 * margin)
    _append(slide, listing_shapes(listing, area, pen))
