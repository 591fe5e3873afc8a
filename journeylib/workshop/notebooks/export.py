"""`export_notebook`: read a notebook, and write it in one of its forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from journeylib.errors import InputError, UsageError
from journeylib.terms import Lang, Text, say
from journeylib.workshop.notebooks.outputs import Missed
from journeylib.workshop.notebooks.page import document_page, slides_page
from journeylib.workshop.notebooks.pieces import Piece, pieces
from journeylib.workshop.notebooks.printing import pdf
from journeylib.workshop.notebooks.slides import slides

Form = Literal["html", "slides", "pdf"]
Code = Literal["shown", "left out"]
FORMS: dict[Form, str] = {"html": ".html", "slides": ".slides.html", "pdf": ".pdf"}
"""The forms a notebook leaves in, and how the names of their files end."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was read of a notebook: its pieces, and in `notes` what could not come along."""

    title: str
    lang: Lang
    pieces: tuple[Piece, ...]
    notes: tuple[Text, ...]

    def in_form(self, form: Form, code: Code | None = None) -> bytes:
        """The file's content; `code` None: shown in a document, left out on slides."""
        shown = code or ("left out" if form == "slides" else "shown")
        kept = [p for p in self.pieces if shown == "shown" or p.kind != "code"]
        if form == "slides":
            return slides_page(self.title, slides(kept), self.lang).encode()
        page = document_page(self.title, kept, self.lang)
        return pdf(page, self.title) if form == "pdf" else page.encode()


_NO_NOTEBOOK = (UnicodeDecodeError, AttributeError, TypeError, KeyError, IndexError)
"""What comes of JSON that has not the shape of a notebook."""


def export_notebook(path: Path, lang: Lang = "zh") -> Left:
    """Read the notebook at `path`; `in_form` of the result gives each file.

    `InputError` when it is no notebook. Nothing is executed: what was stored is shown.
    """
    notebook = _read(path)
    missed: Counter[Missed] = Counter()
    found = pieces(notebook, path.parent, lang, missed)
    notes = [say(f"notebook.missed_{kind}", n=missed[kind]) for kind in sorted(+missed)]
    if unrun := sum(map(_is_unrun, notebook.cells)):
        notes.append(say("notebook.unrun", n=unrun))
    title = next((piece.title for piece in found if piece.title), path.stem)
    return Left(title, lang, found, tuple(notes))


def form_of(path: Path) -> Form:
    """The form that the name of a file asks for; `UsageError` when it asks for none.

    >>> form_of(Path("map.slides.html")), form_of(Path("map.html"))
    ('slides', 'html')
    """
    fitting = [form for form, end in FORMS.items() if path.name.lower().endswith(end)]
    if not fitting:
        raise UsageError(
            f"a notebook cannot become {path.name!r}; it can become {', '.join(FORMS.values())}"
        )
    return max(fitting, key=lambda form: len(FORMS[form]))


def _read(path: Path) -> Any:
    import nbformat
    from nbformat.reader import NotJSONError

    if not path.is_file():
        raise InputError(str(path), "there is no such file.", "Check the name.")
    read: Callable[..., Any] = nbformat.read
    try:
        return read(path, as_version=4)
    except (NotJSONError, nbformat.ValidationError, *_NO_NOTEBOOK) as problem:
        raise InputError(
            str(path), "this is no Jupyter notebook.", "Save it from JupyterLab again."
        ) from problem


def _is_unrun(cell: Any) -> bool:
    return bool(
        cell.cell_type == "code"
        and cell.source.strip()
        and not cell.outputs
        and cell.execution_count is None
    )
