"""Which repairs the findings ask for: findings at one place that ask for the same are one repair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from journeylib.findings.finding import Finding
from journeylib.project.planning import Kind, Planning, Repair, Support
from journeylib.project.wording import names
from journeylib.spec.model import TargetSpec
from journeylib.terms import Text, say, stable_id

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One thing to do, at one place, and the findings that ask for it (ranked).

    `supports` are ids of the groups it helps; it has no gain of its own then.
    """

    repair: str
    kind: Kind
    size: str
    place: Place
    title: Text
    stage: str | None
    findings: tuple[Finding, ...]
    supports: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Stable over new data: it depends on what is done, and where, alone."""
        return stable_id("r", self.repair, *self.place)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A finding that became no requirement, and why."""

    finding: str
    title: Text
    reason: Text


def groups_of(
    findings: Sequence[Finding], spec: TargetSpec, planning: Planning
) -> tuple[tuple[Group, ...], tuple[LeftOut, ...]]:
    """The repairs of all findings, with what supports them; and the findings that ask for none."""
    stages = stages_of(spec)
    telling = [f for f in findings if f.confidence != "too_few"]
    asked = _asked(telling, planning)
    primary = tuple(
        _group(repair, place, found, spec, stages) for (repair, place), found in asked.items()
    )
    answered = {f.id for group in primary for f in group.findings}
    left = tuple(_left_out(f) for f in findings if f.id not in answered)
    beside = [*_supporting(primary, planning, spec), *_reporting(primary, planning, spec)]
    return (*primary, *beside), left


def stages_of(spec: TargetSpec) -> dict[str, str]:
    """The stage in which each finding is put right, by its id."""
    return {finding: stage.id for stage in spec.stages for finding in stage.answers}


def _asked(
    findings: Sequence[Finding], planning: Planning
) -> dict[tuple[Repair, Place], list[Finding]]:
    """Findings by the repair they ask for; an echo asks for that of the finding it comes from."""
    known = {f.id: f for f in findings}
    asked: dict[tuple[Repair, Place], list[Finding]] = {}
    for finding in findings:
        cause = known.get(str(finding.locus.get("because")), finding)
        repair = next((r for r in planning.repairs if _answers(r, cause)), None)
        if repair is not None:
            asked.setdefault((repair, _place(repair, cause)), []).append(finding)
    return asked


def _answers(repair: Repair, finding: Finding) -> bool:
    named = all(place in finding.locus for place in repair.place)
    narrowed = not repair.rules or finding.locus.get("rule") in repair.rules
    return finding.type in repair.answers and named and narrowed


def _place(repair: Repair, finding: Finding) -> Place:
    return tuple(word for place in repair.place for word in _words(finding.locus[place]))


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _group(
    repair: Repair,
    place: Place,
    findings: Sequence[Finding],
    spec: TargetSpec,
    stages: Mapping[str, str],
) -> Group:
    own = [f for f in findings if "because" not in f.locus] or list(findings)
    return Group(
        repair=repair.id,
        kind=repair.kind,
        size=repair.size,
        place=place,
        title=say(f"project.repair_{repair.id}", **_named(own, spec)),
        stage=next((stages[f.id] for f in findings if f.id in stages), None),
        findings=tuple(findings),
    )


def _named(findings: Sequence[Finding], spec: TargetSpec) -> dict[str, Text]:
    """What a title may speak of: the places of the locus, its attributes, the first finding."""
    stage_names = {stage.id: stage.name for stage in spec.stages}
    locus = findings[0].locus
    told = {
        key: stage_names.get(str(value)) or _pair(_words(value))
        for key, value in locus.items()
        if key != "because"
    }
    attributes = dict.fromkeys(
        str(f.locus["attribute"]) for f in findings if "attribute" in f.locus
    )
    return told | {"names": names(attributes), "title": findings[0].title}


def _pair(words: Sequence[str]) -> Text:
    return say("project.pair", a=words[0], b=words[1]) if len(words) == 2 else names(words)


def _left_out(finding: Finding) -> LeftOut:
    reason = "left_too_few" if finding.confidence == "too_few" else "left_no_repair"
    return LeftOut(finding.id, finding.title, say(f"project.{reason}"))


# -- what goes beside ------------------------------------------------------------------------------


def _supporting(primary: Sequence[Group], planning: Planning, spec: TargetSpec) -> Iterator[Group]:
    for support in planning.supports:
        helped: dict[Place, list[Group]] = {}
        for group in primary:
            if group.repair in support.supports:
                place = group.place if support.place == "same" else (group.stage or "",)
                helped.setdefault(place, []).append(group)
        for place, groups in helped.items():
            yield _support(support, place, groups, _support_title(support, groups, spec))


def _support_title(support: Support, groups: Sequence[Group], spec: TargetSpec) -> Text:
    if support.place == "same":
        own = [f for f in groups[0].findings if "because" not in f.locus] or groups[0].findings
        return say(f"project.repair_{support.id}", **_named(own, spec))
    stage_names = {stage.id: stage.name for stage in spec.stages}
    stage = stage_names.get(groups[0].stage or "", say("project.whole_journey"))
    return say(f"project.repair_{support.id}", stage=stage)


def _support(support: Support, place: Place, groups: Sequence[Group], title: Text) -> Group:
    stages = {group.stage for group in groups}
    return Group(
        repair=support.id,
        kind=support.kind,
        size=support.size,
        place=place,
        title=title,
        stage=stages.pop() if len(stages) == 1 else None,
        findings=_all(groups),
        supports=tuple(group.id for group in groups),
    )


def _all(groups: Iterable[Group]) -> tuple[Finding, ...]:
    return tuple({f.id: f for group in groups for f in group.findings}.values())


def _reporting(primary: Sequence[Group], planning: Planning, spec: TargetSpec) -> Iterator[Group]:
    """The indicators of the goals, reported; nothing where there are no goals."""
    goals = [*spec.goals, *(goal for stage in spec.stages for goal in stage.goals)]
    if goals:
        named = {finding for goal in goals for finding in goal.findings}
        helped = [group for group in primary if any(f.id in named for f in group.findings)]
        title = say(f"project.repair_{planning.report.id}", n=len(goals))
        yield _support(planning.report, (), helped, title)
