"""Part 4: the choice of a tool."""

from __future__ import annotations

from journeylib.project.checks.situation import (
    Check,
    Seen,
    Situation,
    counted,
    missing,
    ready_if,
    undone,
)
from journeylib.project.scorecard import scorecard
from journeylib.project.wording import names
from journeylib.terms import say


def systems_known(situation: Situation) -> Seen:
    """The log says in which system things were done."""
    log = situation.journey.log
    if not log.has("system"):
        return missing("system")
    rows = log.engine.rows(log.events.filter(log.events.system.notnull())[["system"]].distinct())
    found = sorted(str(row.system) for row in rows)
    told = say("project.seen_systems", n=len(found), names=names(found))
    return Seen(ready_if(found), told, len(found), "log.system")


def interfaces_listed(situation: Situation) -> Seen:
    """Each interface has a time limit."""
    found = situation.integration
    if found is None:
        return undone("specify")
    if not situation.journey.log.has("department"):
        return missing("department")
    if not situation.journey.log.has("system"):
        return missing("system")
    links = found.between_systems
    limited = sum(link.latency is not None for link in links)
    if not links and found.links:
        return Seen("ready", say("project.seen_one_system"), len(found.links), "integration")
    return counted(limited, len(links), "interfaces", "integration")


def match_known(situation: Situation) -> Seen:
    """Records of one system are known to be found in the other, or not."""
    found = situation.integration
    if found is None:
        return undone("specify")
    if not situation.journey.log.has("system"):
        return missing("system")
    links = found.between_systems
    known = [link for link in links if link.match.value is not None]
    if links and not known:
        return Seen(
            "not_measurable", say("project.seen_no_links"), len(links), "integration", "links"
        )
    return counted(len(known), len(links), "matched", "integration")


def scorecard_weighted(situation: Situation) -> Seen:
    """Each criterion has a weight."""
    if situation.requirements is None:
        return undone("diagnose" if situation.findings is None else "specify")
    criteria = scorecard(situation.requirements).criteria
    return counted(
        sum(c.weight is not None for c in criteria), len(criteria), "weights", "scorecard"
    )


CHECKS: dict[str, Check] = {
    "systems_known": systems_known,
    "interfaces_listed": interfaces_listed,
    "match_known": match_known,
    "scorecard_weighted": scorecard_weighted,
}
