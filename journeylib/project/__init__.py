"""From findings and specification to a project: requirements, integration, training, readiness.

Each verb returns a frozen noun with ``.to_dict()`` and ``.document(lang)``, a
`journeylib.documents.Document` for whoever renders it.
"""

from journeylib.project.communication import Communication, communication
from journeylib.project.integration import integration
from journeylib.project.links import Integration
from journeylib.project.readiness import Readiness, readiness
from journeylib.project.requirement import Requirement, Requirements
from journeylib.project.requirements import requirements
from journeylib.project.scorecard import Scorecard, scorecard
from journeylib.project.training import Training, training

__all__ = [
    "Communication",
    "Integration",
    "Readiness",
    "Requirement",
    "Requirements",
    "Scorecard",
    "Training",
    "communication",
    "integration",
    "readiness",
    "requirements",
    "scorecard",
    "training",
]
