"""What-if: durations rewritten case by case as an intervention would, and what comes of it."""

from journeylib.goals.whatif.interventions import (
    CapStage,
    CapWait,
    DropLoop,
    Intervention,
    RaiseConversion,
    SkipActivity,
)
from journeylib.goals.whatif.play import WhatIf, whatif, whatifs

__all__ = [
    "CapStage",
    "CapWait",
    "DropLoop",
    "Intervention",
    "RaiseConversion",
    "SkipActivity",
    "WhatIf",
    "whatif",
    "whatifs",
]
