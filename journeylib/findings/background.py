"""What surrounds the findings: touchpoints, experience, waiting, what goes with what, drift.

None of it is a claim against a tolerance; all of it helps a workshop to see why. Each look is taken
when it is first asked for, and shares the tables of the diagnosis.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from journeylib.findings.association import Associations, associations
from journeylib.findings.drift import Drift, drift
from journeylib.findings.experience import Experience, experience_of
from journeylib.findings.features import FeatureTable, case_features
from journeylib.findings.gaps import SchemaGap, schema_gaps
from journeylib.findings.study import Study
from journeylib.findings.subgroups import Subgroups, subgroups
from journeylib.findings.systems import DepartmentSystems, department_systems
from journeylib.findings.touchpoints import Touchpoints, touchpoints_of
from journeylib.findings.waiting import Waiting, waiting
from journeylib.findings.waiting_causes import Decomposition, decompose
from journeylib.terms import plain


@dataclass(frozen=True, eq=False)
class Background:
    """A closer look at one journey, under the rules of its diagnosis."""

    study: Study

    @functools.cached_property
    def touchpoints(self) -> Touchpoints:
        """Stage × channel, switches between channels, line of visibility."""
        return touchpoints_of(self.study)

    @functools.cached_property
    def experience(self) -> Experience:
        """The experience curve in its three layers; add votes by ``.with_votes(…)``."""
        return experience_of(self.study)

    @functools.cached_property
    def waiting(self) -> Waiting:
        """Waiting and service per activity."""
        return waiting(self.study.journey)

    @functools.cached_property
    def waiting_causes(self) -> Decomposition:
        """Waiting taken apart by what kept it: needs starts and people."""
        return decompose(self.study.journey, self.study.rules)

    @functools.cached_property
    def systems(self) -> DepartmentSystems:
        """Which department works in which system."""
        return department_systems(self.study.journey)

    @functools.cached_property
    def schema_gaps(self) -> tuple[SchemaGap, ...]:
        """What a receiver never shows of what senders know: to be decided on, not a loss."""
        return schema_gaps(self.study)

    @functools.cached_property
    def associations(self) -> Associations:
        """What goes with winning, judged at landmarks."""
        return associations(self.study.journey, self.study.rules, features=self._features)

    @functools.cached_property
    def subgroups(self) -> Subgroups:
        """Groups of one or two features that win more or less, confirmed on held-out cases."""
        return subgroups(self.study.journey, self.study.rules, features=self._features)

    @functools.cached_property
    def drift(self) -> Drift:
        """Whether and when the way of the cases changed, by month of their start."""
        return drift(self.study.journey, self.study.rules)

    @functools.cached_property
    def _features(self) -> FeatureTable | None:
        return None if self.study.journey.outcomes.won is None else case_features(self.study)

    def to_dict(self) -> dict[str, Any]:
        """The ``background`` of ``findings.json``: every look there is."""
        return {
            "touchpoints": self.touchpoints.to_dict(),
            "experience": self.experience.to_dict(),
            "waiting": self.waiting.to_dict() | {"causes": self.waiting_causes.to_dict()},
            "systems": plain(self.systems),
            "schema_gaps": plain(self.schema_gaps),
            "associations": self.associations.to_dict(),
            "subgroups": self.subgroups.to_dict(),
            "drift": self.drift.to_dict(),
        }

    def __repr__(self) -> str:
        return (
            "Background(touchpoints, experience, waiting, waiting_causes, systems, schema_gaps, "
            "associations, subgroups, drift)"
        )
