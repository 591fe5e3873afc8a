"""Cases run through the target process by a workflow engine: where would each of them end?"""

from journeylib.scenarios.cases import Case, Event, cases_of
from journeylib.scenarios.result import Replayed, Scenarios
from journeylib.scenarios.running import run_scenarios

__all__ = ["Case", "Event", "Replayed", "Scenarios", "cases_of", "run_scenarios"]
