"""``journey export notebook.ipynb``: which files are asked for, and writing them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Group, Parameter

from journeylib.cli.delivery import delivery
from journeylib.cli.options import Showing
from journeylib.errors import UsageError

if TYPE_CHECKING:
    from journeylib.workshop.notebooks import Code


@Parameter(name="*", group=Group("A notebook", sort_key=1))
@dataclass(frozen=True)
class NotebookForms:
    """In which forms a notebook leaves; files lie beside it unless they are named."""

    html: Annotated[bool, Parameter(negative="")] = False
    """One page that needs neither network nor script."""

    pdf: Annotated[bool, Parameter(negative="")] = False
    """Printed by the Chromium, Chrome or Edge of this machine."""

    slides: Annotated[bool, Parameter(negative="")] = False
    """Slides in one page, turned by the arrow keys."""

    code: bool | None = None
    """Show the code; unless told, it stands in a document and not on slides."""

    @property
    def code_told(self) -> Code | None:
        """What was said of the code, if anything."""
        return None if self.code is None else "shown" if self.code else "left out"

    def refuse(self) -> None:
        """`UsageError` if any is given: only a notebook has them."""
        if self != UNASKED:
            raise UsageError(
                "--html, --pdf, --slides and --code are for notebooks (.ipynb); "
                "for a specification name the files, for example target.html"
            )

    def files(self, source: Path) -> list[Path]:
        """The files that these options ask for, beside `source`."""
        from journeylib.workshop.notebooks import FORMS

        asked = {"html": self.html, "pdf": self.pdf, "slides": self.slides}
        return [source.with_name(source.stem + end) for form, end in FORMS.items() if asked[form]]


UNASKED = NotebookForms()


def notebook_files(
    source: Path, targets: Sequence[Path], forms: NotebookForms, showing: Showing
) -> list[Path]:
    """Write the notebook in each form; what could not come along is told on stderr."""
    from journeylib.workshop.notebooks import export_notebook, form_of

    files = [*targets, *forms.files(source)]
    if not files:
        raise UsageError(
            f"say what {source.name} shall become: --html, --pdf or --slides, or names of files"
        )
    asked = {path: form_of(path) for path in files}
    left = export_notebook(source, showing.lang)
    made = {path: left.in_form(form, forms.code_told) for path, form in asked.items()}
    for folder in sorted({path.parent for path in made}):
        with delivery(folder) as scratch:
            for path, content in made.items():
                if path.parent == folder:
                    (scratch / path.name).write_bytes(content)
    for note in left.notes:
        sys.stderr.write(f"{source.name}: {note.in_(showing.lang)}\n")
    return list(made)
