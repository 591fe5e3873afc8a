"""What the page around the map tells of each part."""

from __future__ import annotations

from collections.abc import Iterator

from journeylib.drawing.journeymap.scene import Details, Lane, MapScene, ThreadLane
from journeylib.drawing.journeymap.spoken import piece_words


def details(scene: MapScene) -> Iterator[tuple[str, Details]]:
    """Every part that can be reached: its id, and rows of name and value in full."""
    for column in scene.columns:
        yield column.id, column.details
    for lane in scene.lanes:
        if isinstance(lane, ThreadLane):
            for thread in lane.threads:
                yield thread.id, ((thread.name, thread.origin), *thread.details)
        if isinstance(lane, Lane):
            for column, cell in zip(scene.columns, lane.cells, strict=True):
                rows = [(column.name, lane.name)]
                for piece in cell.pieces:
                    name, *values = piece_words(piece)
                    rows.append((name, " · ".join(filter(None, values))))
                rest = filter(None, (cell.reason, cell.hidden, cell.n))
                rows += [("", words) for words in rest]
                yield f"{lane.id}-{column.id}", tuple(rows)
