"""The target process specification: its model, and the draft that a log proposes."""

from journeylib.spec.model import TargetSpec
from journeylib.spec.draft import specify

__all__ = ["TargetSpec", "specify"]
