"""`draw`, and the `Drawing` it gives."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from journeylib.drawing import web
from journeylib.drawing.checked import checked
from journeylib.drawing.compose import compose
from journeylib.drawing.dot import dot_text
from journeylib.drawing.figure import paint
from journeylib.drawing.levels import Detail
from journeylib.drawing.page import place
from journeylib.drawing.parts import Part, parts
from journeylib.drawing.picture import Picture
from journeylib.drawing.scene import Scene
from journeylib.drawing.theme import Theme
from journeylib.drawing.words import share
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.terms import Lang


def draw(
    journey: Journey,
    findings: Findings | None = None,
    *,
    lang: Lang = "zh",
    theme: str = "light",
    traffic: float = 0.8,
    max_activities: int = 30,
    detail: Detail = "activity",
) -> Drawing:
    """The journey as a map: stages from left to right, activities in boxes, moves as lines.

    Shown are the most frequent moves that carry at least the share `traffic` (0–1) of all of them,
    chosen so that every box can be reached from the start and leads to the end; moves with a
    finding are always shown. At most `max_activities` boxes are drawn, the rarest activities of a
    stage together in one (moves among these cannot be shown). What is hidden is counted in the
    footer, with the share of the whole traffic that is left. Numbers on lines are the count and the
    median wait. `theme` is a section of ``templates/theme.toml``.

    `detail` tells what a box is: an activity; a touchpoint, the activities of a stage that mostly run
    through one channel; or a whole stage. Counts and waits of coarser boxes are asked of the log anew,
    and steps within a box are counted in the footer.

    `UsageError` when an argument makes no sense, and for touchpoints where the log has no channel.
    """
    colours = checked(lang, theme, traffic, max_activities)
    scene = compose(
        journey,
        findings,
        lang=lang,
        traffic=traffic,
        max_activities=max_activities,
        detail=detail,
    )
    return Drawing.of(scene, colours)


@dataclass(frozen=True, eq=False)
class Drawing(Picture):
    """A finished map; `scene` holds its numbers and words, `svg` the picture itself."""

    suffixes = (*Picture.suffixes, ".html", ".dot")
    scene: Scene
    theme: Theme
    svg: str

    @classmethod
    def of(cls, scene: Scene, theme: Theme) -> Drawing:
        """The scene, laid out and painted."""
        return cls(scene, theme, paint(scene, place(scene), theme))

    @property
    def title(self) -> str:
        """The words at its top."""
        return self.scene.title

    @functools.cached_property
    def parts(self) -> Mapping[str, Part]:
        """What is told of each part that can be chosen, by its pin (``data-pin`` in the SVG)."""
        return parts(self.scene)

    @functools.cached_property
    def dot(self) -> str:
        """The same boxes and edges as DOT text, to lay out or restyle with Graphviz."""
        return dot_text(self.scene, self.theme)

    @functools.cached_property
    def html(self) -> str:
        """A self-contained page: zoom, details of each part; no network."""
        return web.page(self.scene, self.svg, self.theme)

    def __repr__(self) -> str:
        scene = self.scene
        return (
            f"Drawing({len(scene.boxes)} boxes, {len(scene.edges)} paths, "
            f"{share(scene.traffic)} of the traffic, {len(scene.cards)} findings)"
        )
