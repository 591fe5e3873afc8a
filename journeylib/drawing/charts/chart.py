"""`Chart`: a finished chart, which shows and saves itself like the map."""

from __future__ import annotations

from dataclasses import dataclass

from journeylib.drawing.picture import Picture


@dataclass(frozen=True, eq=False)
class Chart(Picture):
    """A finished chart; `heading` says what is seen, `told` in one line what it was drawn from."""

    name: str
    heading: str
    told: str
    svg: str

    @property
    def title(self) -> str:
        """The words at its top."""
        return self.heading

    def __repr__(self) -> str:
        return f"Chart({self.name}: {self.told})"
