"""What any document can be written as, by suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from journeylib.documents.blocks import Document
from journeylib.documents.docx import to_docx
from journeylib.documents.html import to_html
from journeylib.documents.markdown import to_markdown
from journeylib.documents.xlsx import to_xlsx

RENDERERS: Mapping[str, Callable[[Document], str | bytes]] = {
    ".md": to_markdown,
    ".html": to_html,
    ".docx": to_docx,
    ".xlsx": to_xlsx,
}
