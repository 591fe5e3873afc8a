"""The findings that the map shows as a table, and how many it only counts."""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.drawing.journeymap.scene import Lane, MapScene, Panel
from journeylib.drawing.listing import Listing, listing
from journeylib.drawing.theme import Theme
from journeylib.terms import say


def map_listing(scene: MapScene, theme: Theme) -> Listing | None:
    """The panels of all cells by number; None where there are none."""
    panels = (p for cell in scene.cells for p in cell.pieces if isinstance(p, Panel))
    return listing(panels, _hidden(scene), theme, scene.lang)


def _hidden(scene: MapScene) -> Iterator[str]:
    for lane in scene.lanes:
        if isinstance(lane, Lane) and lane.id in {"breakpoints", "silos"}:
            for column, cell in zip(scene.columns, lane.cells, strict=True):
                if cell.hidden:
                    where = {"lane": lane.name, "stage": column.name}
                    yield say("slides.more", **where, more=cell.hidden).in_(scene.lang)
