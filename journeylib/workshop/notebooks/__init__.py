"""A notebook as a page, as slides or as a PDF: its still pictures, no script, no network, no kernel."""

from journeylib.workshop.notebooks.export import FORMS, Code, Left, export_notebook, form_of

__all__ = ["FORMS", "Code", "Left", "export_notebook", "form_of"]
