"""`integration`: the links that hand-overs and silos ask for, measured at each hand-over.

Departments hand over; systems carry. Which system hands to which is seen where the giver's last event
of work lies, and where the taker's first one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
from ibis import _

from journeylib.findings.claim import Claim
from journeylib.findings.finding import Findings
from journeylib.findings.gaps import SchemaGap, schema_gaps
from journeylib.findings.identity import Identity, identity_gaps
from journeylib.findings.rules import Rules
from journeylib.findings.study import Study
from journeylib.findings.systems import orphans
from journeylib.journey import Journey
from journeylib.project.links import Field, Integration, Link
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import DataHandover, Provenance
from journeylib.terms import Fact, Text, load_template, say

Pair = tuple[str, str]
Ends = tuple[str | None, str | None]
"""Two systems; None where the log names none."""
Flow = dict[Ends, int]
"""How often work passes between these systems."""
_PASSING = (
    "carry_over_loss",
    "information_lag",
    "re_ask",
    "re_entry",
    "contradiction",
    "handover_latency",
)
_WEEK = 604_800.0


def integration(findings: Findings | None, spec: TargetSpec, journey: Journey) -> Integration:
    """What the hand-overs of `spec` and the silos among `findings` need to pass between systems."""
    background = findings.background if findings else None
    study = background.study if background else Study(journey, Rules.load("rules"))
    gaps = background.schema_gaps if background else schema_gaps(study)
    wanted = _wanted(findings, spec)
    every, matches = _flows(journey), _matches(study)
    least = load_template("project", "integration")["least_share"]
    often = {pair: _often(flow, least) for pair, flow in every.items()}
    asked = _Asked(findings, spec, journey, gaps, matches)
    drafts = [link for pair in wanted for link in _links(pair, often.get(pair, {}), asked)]
    between = {(link.source_system, link.target_system) for link in drafts}
    drafts += _apart(findings, between, journey, matches)
    return Integration(
        links=tuple(sorted(_directed(drafts), key=_order)),
        undecided=tuple(gap for gap in gaps if (gap.source, gap.target) not in wanted),
        rare=sum(n for pair in wanted for n in every.get(pair, {}).values())
        - sum(n for pair in wanted for n in often.get(pair, {}).values()),
        reason=None if drafts else _why_none(journey),
    )


def _why_none(journey: Journey) -> Text:
    missing = "finding.need_department" if not journey.handovers else "project.no_handover"
    return say(missing)


def _order(link: Link) -> tuple[Any, ...]:
    return -(link.volume.value or 0.0), link.source or "", link.target or "", link.id


# -- what is wanted --------------------------------------------------------------------------------


def _wanted(findings: Findings | None, spec: TargetSpec) -> tuple[Pair, ...]:
    """Pairs of departments, from the specification and from findings about what passes."""
    pairs = [(h.source, h.target) for stage in spec.stages for h in stage.handovers]
    departments = {department.id for department in spec.departments}
    for finding in findings or ():
        ends = finding.locus.get("from"), finding.locus.get("to")
        if (
            finding.type in _PASSING
            and finding.confidence != "too_few"
            and set(ends) <= departments
        ):
            pairs.append((str(ends[0]), str(ends[1])))
    return tuple(dict.fromkeys(pairs))


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that the links of one pair of departments are made from."""

    findings: Findings | None
    spec: TargetSpec
    journey: Journey
    gaps: Sequence[SchemaGap]
    matches: Mapping[Pair, Fact]

    def handovers(self, pair: Pair) -> list[DataHandover]:
        """Those of the specification, in all stages."""
        every = (h for stage in self.spec.stages for h in stage.handovers)
        return [h for h in every if (h.source, h.target) == pair]

    def evidence(self, pair: Pair) -> tuple[str, ...]:
        """Ids of the findings about what passes between the two."""
        return tuple(
            f.id
            for f in self.findings or ()
            if f.type in _PASSING and f.confidence != "too_few"
            if (f.locus.get("from"), f.locus.get("to")) == pair
        )

    def fields(self, pair: Pair) -> tuple[Field, ...]:
        """What the specification hands over, what findings miss, and gaps of the schema."""
        items = {item.id: item for item in self.spec.information}
        by_attribute = {item.attribute: item for item in self.spec.information}
        found: dict[str, Field] = {}
        for handed in (one for h in self.handovers(pair) for one in h.items):
            item = items[handed.item]
            found.setdefault(
                item.attribute,
                Field(item.attribute, item.name, item.type, True, _arrives(handed.why)),
            )
        for attribute, wanted in self._further(pair):
            known = by_attribute.get(attribute)
            name = known.name if known else Text.same(attribute)
            untold = Fact.unknown("share", say("project.arrives_unknown"))
            field = Field(attribute, name, known.type if known else None, wanted, untold)
            found.setdefault(attribute, field)
        return tuple(found.values())

    def _further(self, pair: Pair) -> Iterator[tuple[str, bool]]:
        for id in self.evidence(pair):
            if (
                attribute := self.findings and self.findings[id].locus.get("attribute")
            ) is not None:
                yield str(attribute), True
        for gap in self.gaps:
            if (gap.source, gap.target) == pair:
                yield gap.attribute, False


def _arrives(why: Provenance) -> Fact:
    if why.estimate is None or why.unit != "share":
        return Fact.unknown("share", say("project.arrives_unknown"), method=why.method)
    return Fact(
        why.estimate, "share", why.n or 0, why.method, ci_low=why.ci_low, ci_high=why.ci_high
    )


# -- what is measured ------------------------------------------------------------------------------


def _flows(journey: Journey) -> dict[Pair, Flow]:
    """Hand-overs by departments, then by systems (None where the log names none)."""
    log = journey.log
    if not journey.handovers:
        return {}
    if not log.has("system"):
        return {(h.source, h.target): {(None, None): h.count} for h in journey.handovers}
    order = ibis.window(group_by="case_id", order_by="position")
    work = log.work.select(
        *("department", "next_department"),
        source=_.system.cast("string"),
        target=_.system.cast("string").lead().over(order),
    )
    passed = work.filter(_.next_department.notnull(), _.department != _.next_department)
    counts = passed.group_by("department", "next_department", "source", "target").aggregate(
        n=_.count()
    )
    flows: dict[Pair, Flow] = {}
    for department, next_department, source, target, n in log.engine.rows(counts):
        flows.setdefault((str(department), str(next_department)), {})[source, target] = n
    return flows


def _often(flow: Flow, least: float) -> Flow:
    """Pairs of systems that take at least this share of the hand-over."""
    return {ends: n for ends, n in flow.items() if n >= least * sum(flow.values())}


def _matches(study: Study) -> dict[Pair, Fact]:
    """How often a record of one system is found in the other, by pair of systems."""
    claims = [*orphans(study).claims, *identity_gaps(study).claims]
    return {(str(c.locus["from"]), str(c.locus["to"])): _match(c) for c in claims}


def _match(claim: Claim) -> Fact:
    rest = [None if v is None else 1 - v for v in (claim.estimate, claim.ci_high, claim.ci_low)]
    return Fact(rest[0], "share", claim.n, claim.method, ci_low=rest[1], ci_high=rest[2])


def _volume(journey: Journey, n: int) -> Fact:
    totals = journey.log.totals
    weeks = (totals.last - totals.first).total_seconds() / _WEEK
    if weeks < 1:
        return Fact.unknown(
            "handover/week", say("project.volume_unknown"), n=n, method="count_per_week"
        )
    return Fact(n / weeks, "handover/week", n, "count_per_week")


def _key(journey: Journey) -> str:
    """What records of one customer can be matched on: their number, else what they share."""
    log, identity = journey.log, Identity.of(journey.log)
    columns = {match.role: match.column for match in log.mapping.matches}
    record = identity.record if identity.record and not identity.assumed else None
    best = record or next(iter(identity.keys), "case_id")
    return columns.get(best, best)


# -- links -----------------------------------------------------------------------------------------


def _links(pair: Pair, flow: Flow, asked: _Asked) -> Iterator[Link]:
    """One for each pair of systems that takes part in the hand-over."""
    often: Flow = flow or {(None, None): 0}
    limits = [h.within for h in asked.handovers(pair) if h.within is not None]
    for (source, target), n in sorted(often.items(), key=lambda item: (-item[1], str(item[0]))):
        known = source is not None and target is not None
        yield Link(
            source=pair[0],
            target=pair[1],
            source_system=source,
            target_system=target,
            direction="one_way" if known and source != target else "same_system" if known else None,
            fields=asked.fields(pair),
            volume=_volume(asked.journey, n) if n else _unseen(),
            latency=min(limits, key=lambda span: span.hours) if limits else None,
            key=_key(asked.journey),
            match=_matched(source, target, asked.matches),
            evidence=asked.evidence(pair),
            reason=None if known else say("project.no_system"),
        )


def _unseen() -> Fact:
    return Fact.unknown("handover/week", say("project.volume_unseen"), method="count_per_week")


def _matched(source: str | None, target: str | None, matches: Mapping[Pair, Fact]) -> Fact:
    if source is None or target is None:
        return Fact.unknown("share", say("project.no_system"))
    if source == target:
        return Fact.unknown("share", say("project.match_same"))
    return matches.get((source, target)) or Fact.unknown("share", say("project.match_unknown"))


def _apart(
    findings: Findings | None,
    between: set[Ends],
    journey: Journey,
    matches: Mapping[Pair, Fact],
) -> list[Link]:
    """Systems whose records do not find each other, beyond the hand-overs listed already."""
    found = findings.of_type("orphan_events", "identity_gap") if findings else ()
    return [
        Link(None, None, source, target, "one_way", (), _unseen(), None, _key(journey),
             _matched(source, target, matches), (finding.id,))
        for finding in found
        if finding.confidence != "too_few"
        for source, target in [(str(finding.locus["from"]), str(finding.locus["to"]))]
        if (source, target) not in between
    ]  # fmt: skip


def _directed(links: Iterable[Link]) -> Iterator[Link]:
    """Two systems that pass to each other need an interface both ways."""
    listed = list(links)
    ends = {(link.source_system, link.target_system) for link in listed}
    for link in listed:
        both = link.direction == "one_way" and (link.target_system, link.source_system) in ends
        yield replace(link, direction="two_way") if both else link
