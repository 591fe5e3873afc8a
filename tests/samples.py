"""The logs we ship, mined and diagnosed once in a process: nothing that tests do changes them."""

from __future__ import annotations

import functools

from journeylib.findings import Findings, diagnose
from journeylib.journey import Journey
from journeylib.mining import mine
from journeylib.reading import read_log
from journeylib.terms import shipped_dir


@functools.cache
def mined(name: str) -> Journey:
    """The journey of ``crm_sales`` or ``solar_home``."""
    return mine(read_log(shipped_dir("event_logs") / f"{name}.csv"))


@functools.cache
def found(name: str) -> Findings:
    """What is found in it."""
    return diagnose(mined(name))
