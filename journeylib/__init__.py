"""journeylib: how customers really travel, where it breaks, and how it shall be.

Nouns ``EventLog Journey Findings Annotations TargetSpec Conformance``, verbs ``read_log mine
diagnose board specify check draw export``, and for what was edited elsewhere ``read_spec``.

>>> import journeylib as jl
>>> jl.mine.__module__
'journeylib.mining'

A name is imported when it is first used, so that ``import journeylib`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from journeylib.errors import JourneyError

if TYPE_CHECKING:
    from journeylib.annotations import Annotations
    from journeylib.checking import Conformance, check
    from journeylib.drawing import compare_flow, draw
    from journeylib.drawing.journeymap import compare_map, journey_map
    from journeylib.exporting import export
    from journeylib.findings import Findings, diagnose
    from journeylib.importing import read_spec
    from journeylib.journey import Journey
    from journeylib.log import EventLog
    from journeylib.mining import mine
    from journeylib.reading import read_log
    from journeylib.spec import TargetSpec, specify
    from journeylib.workshop.board import board

__version__ = "0.1.0"

__all__ = [
    "Annotations",
    "Conformance",
    "EventLog",
    "Findings",
    "Journey",
    "JourneyError",
    "TargetSpec",
    "board",
    "check",
    "compare_flow",
    "compare_map",
    "diagnose",
    "draw",
    "export",
    "journey_map",
    "mine",
    "read_log",
    "read_spec",
    "specify",
]

_HOMES = {
    "Annotations": "annotations",
    "Conformance": "checking",
    "EventLog": "log",
    "Findings": "findings",
    "Journey": "journey",
    "TargetSpec": "spec",
    "board": "workshop.board",
    "check": "checking",
    "compare_flow": "drawing",
    "compare_map": "drawing.journeymap",
    "diagnose": "findings",
    "draw": "drawing",
    "export": "exporting",
    "journey_map": "drawing.journeymap",
    "mine": "mining",
    "read_log": "reading",
    "read_spec": "importing",
    "specify": "spec",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
