"""Charts: each a pure function from facts to a `Chart`, drawn with the map's own means.

No plotting library and no font of the machine is needed, so a chart has the same bytes everywhere;
it shows in the cell and saves itself as ``.svg``, ``.png`` or ``.pdf``, in Chinese and English.
"""

from journeylib.drawing.charts.chart import Chart
from journeylib.drawing.charts.experience import experience
from journeylib.drawing.charts.forest import forest
from journeylib.drawing.charts.funnel import funnel
from journeylib.drawing.charts.handovers import handovers
from journeylib.drawing.charts.spectrum import spectrum
from journeylib.drawing.charts.steps import steps
from journeylib.drawing.charts.systems import systems
from journeylib.drawing.charts.touchpoints import touchpoints
from journeylib.drawing.charts.waits import waits

__all__ = [
    "Chart",
    "experience",
    "forest",
    "funnel",
    "handovers",
    "spectrum",
    "steps",
    "systems",
    "touchpoints",
    "waits",
]
