"""Documents described once and rendered as Markdown, HTML, Word or a workbook.

Whoever has something to say builds a `Document` of plain blocks; how it looks on paper is known only
to the renderers, which are pure functions ``(Document) -> str | bytes``.
"""

from journeylib.documents.blocks import (
    Block,
    Bullets,
    Code,
    Document,
    Documented,
    Heading,
    Inline,
    Line,
    Paragraph,
    Picture,
    Strong,
    Table,
    Value,
)

__all__ = [
    "Block",
    "Bullets",
    "Code",
    "Document",
    "Documented",
    "Heading",
    "Inline",
    "Line",
    "Paragraph",
    "Picture",
    "Strong",
    "Table",
    "Value",
]
