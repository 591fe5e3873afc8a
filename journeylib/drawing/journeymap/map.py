"""`journey_map`, and the `JourneyMap` it gives."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from journeylib.drawing import web
from journeylib.drawing.checked import checked
from journeylib.drawing.journeymap.compare import compare
from journeylib.drawing.journeymap.compose import compose
from journeylib.drawing.journeymap.layout import place
from journeylib.drawing.journeymap.pages import details, parts
from journeylib.drawing.journeymap.paint import paint
from journeylib.drawing.journeymap.problems import Pinnable
from journeylib.drawing.journeymap.scene import MapScene
from journeylib.drawing.journeymap.sight import Sight
from journeylib.drawing.parts import Part
from journeylib.drawing.picture import Picture
from journeylib.drawing.theme import Theme
from journeylib.findings.finding import Findings
from journeylib.journey import Journey
from journeylib.spec.model import TargetSpec
from journeylib.terms import Lang


def journey_map(
    journey: Journey,
    findings: Findings | None = None,
    spec: TargetSpec | None = None,
    cards: Iterable[Pinnable] = (),
    *,
    lang: Lang = "zh",
    theme: str = "light",
) -> JourneyMap:
    """The journey as a table: a stage a column, a question a lane, every cell filled from the log.

    Lanes: customer steps, frontstage and backstage by department, channels, hand-overs, systems,
    information as threads through the stages, times, conversion and losses, experience in its layers,
    breakpoints, silos, and `cards` where there are any. The ground of a cell tells how well data back
    it; one that cannot be filled says why. With a `spec` the target stands beside what is today.

    A card is anything with a `pin` (id or name of a stage, activity, move or finding), a `kind` and
    a `text`. `theme` is a section of ``templates/theme.toml``. `UsageError` when an argument makes
    no sense.
    """
    colours = checked(lang, theme)
    scene = compose(Sight(journey, findings, spec, lang), cards)
    return JourneyMap.of(scene, colours)


def compare_map(
    a: Journey,
    b: Journey,
    *,
    names: tuple[str, str] = ("A", "B"),
    lang: Lang = "zh",
    theme: str = "light",
) -> JourneyMap:
    """Two segments or periods in one table: in each cell both values, and B less A with its interval.

    Compared are how many cases reach a stage, take a step, are touched on a channel, how long
    hand-overs and stages take, who goes on and who is lost. A triangle marks differences whose 95 %
    interval leaves out none; many are looked at, so one in twenty is so by chance. Where one side has
    more open cases (a later period) it has had less time to get anywhere: then only the stay, which
    makes up for that, is judged. What only one side has is told as absent there. `UsageError` as for
    `journey_map`.
    """
    colours = checked(lang, theme)
    one, other = (Sight(journey, None, None, lang) for journey in (a, b))
    return JourneyMap.of(compare(one, other, names), colours)


@dataclass(frozen=True, eq=False)
class JourneyMap(Picture):
    """A finished map; `scene` holds its numbers and words, `svg` the picture itself."""

    suffixes = (*Picture.suffixes, ".html")
    scene: MapScene
    theme: Theme
    svg: str

    @classmethod
    def of(cls, scene: MapScene, theme: Theme) -> JourneyMap:
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
    def html(self) -> str:
        """A self-contained page: zoom, details of each part; no network."""
        return web.sheet(self.scene.lang, self.title, self.svg, details(self.scene), self.theme)

    def __repr__(self) -> str:
        scene = self.scene
        backed = Counter(cell.backing for cell in scene.cells)
        levels = ", ".join(f"{backed[k]} {k}" for k in ("strong", "fair", "thin", "unknown"))
        return f"JourneyMap({len(scene.columns)} stages, {len(scene.lanes)} lanes; cells: {levels})"
