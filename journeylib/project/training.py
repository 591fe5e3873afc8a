"""`Training`: what each role must learn, derived from what the target process asks of it (培训大纲)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from journeylib.documents import Block, Bullets, Document, Heading, Paragraph, Table
from journeylib.findings.finding import Finding, Findings
from journeylib.project.wording import told
from journeylib.spec import feel
from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Criterion, DataHandover, Stage
from journeylib.terms import Lang, Text, load_template, plain, say
from journeylib.wording import span_text

Subject = Literal["new_way", "fill_in", "give", "take", "time_limits", "pitfalls"]


@dataclass(frozen=True, slots=True)
class Module:
    """A unit of training: what people can do after it, what it deals with, how long it takes.

    `minutes` is an assumption. `cases` are pseudonyms of real cases to work on (`Training.key`).
    """

    subject: Subject
    goal: Text
    topics: tuple[Text, ...]
    minutes: int
    exercise: Text | None = None
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The modules for one role, or for a department where the specification names no roles.

    `stages` are ids; `findings` are ids of what goes wrong today where this role takes part.
    """

    id: str
    name: Text
    department: str | None
    stages: tuple[str, ...]
    modules: tuple[Module, ...]
    findings: tuple[str, ...]

    @property
    def minutes(self) -> int:
        """Length of all modules."""
        return sum(module.minutes for module in self.modules)


@dataclass(frozen=True)
class Training:
    """An outline per role. `key` tells the trainer which case stands behind a pseudonym.

    The key is in no document and no JSON: whoever may see cases keeps it.
    """

    outlines: tuple[Outline, ...]
    key: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: Text | None = None

    def __getitem__(self, role: str) -> Outline:
        for outline in self.outlines:
            if outline.id == role:
                return outline
        raise KeyError(role)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for JSON, with pseudonyms only."""
        return {
            "schema": "training/1",
            "outlines": [plain(o) | {"minutes": o.minutes} for o in self.outlines],
            "reason": plain(self.reason),
        }

    def document(self, lang: Lang = "zh") -> Document:
        """The outlines to read, a section a role."""
        return Document(told("training_title", lang), tuple(_blocks(self, lang)), lang)

    def __repr__(self) -> str:
        modules = sum(len(outline.modules) for outline in self.outlines)
        hours = sum(outline.minutes for outline in self.outlines) / 60
        return f"Training({len(self.outlines)} roles, {modules} modules, {hours:.1f} h in all)"


def training(spec: TargetSpec, findings: Findings | None = None) -> Training:
    """What `spec` asks of each role or department, and what `findings` say goes wrong there."""
    telling = [f for f in findings or () if f.confidence != "too_few"]
    rules = load_template("project", "training")
    roles = [_Role(spec, telling, rules, id, name, d) for id, name, d in _roles(spec)]
    drafts = [outline for role in roles if (outline := role.outline()).modules]
    key = _pseudonyms(drafts)
    hidden = {case: name for name, case in key.items()}
    outlines = tuple(_hidden(outline, hidden) for outline in drafts)
    return Training(outlines, key, None if outlines else say("project.no_role"))


def _roles(spec: TargetSpec) -> Iterator[tuple[str, Text, str | None]]:
    """Roles, and every department that has none."""
    for role in spec.roles:
        yield role.id, role.name, role.department
    with_role = {role.department for role in spec.roles}
    for department in spec.departments:
        if department.id not in with_role:
            yield department.id, department.name, department.id


def _pseudonyms(outlines: Iterable[Outline]) -> dict[str, str]:
    """Cases by number, in the order of their ids: without this key nothing leads back."""
    cases = sorted({case for o in outlines for module in o.modules for case in module.cases})
    return {f"{number:03}": case for number, case in enumerate(cases, 1)}


def _hidden(outline: Outline, names: Mapping[str, str]) -> Outline:
    modules = tuple(
        dataclasses.replace(module, cases=tuple(names[case] for case in module.cases))
        for module in outline.modules
    )
    return dataclasses.replace(outline, modules=modules)


# -- what is asked of one role -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Role:
    spec: TargetSpec
    findings: Sequence[Finding]
    rules: Mapping[str, Any]
    id: str
    name: Text
    department: str | None

    def outline(self) -> Outline:
        modules = [_module(*asked, self.rules) for asked in self._asked() if asked[1]]
        stages = (stage.id for stage in self.spec.stages if self._works_in(stage))
        own = tuple(f.id for f in self._own_findings())
        return Outline(self.id, self.name, self.department, tuple(stages), tuple(modules), own)

    def _asked(self) -> Iterator[tuple[Subject, tuple[Text, ...], tuple[str, ...]]]:
        """Subject, topics, and cases to work on."""
        limited = [a for a in self._activities() if a.sla is not None]
        yield "new_way", tuple(map(self._activity_told, self._activities())), ()
        yield "fill_in", tuple(self._criteria_told()), self._cases(_about_filling)
        yield (
            "give",
            tuple(map(self._passed, self._handovers("source"))),
            self._cases(_about_giving),
        )
        yield (
            "take",
            tuple(map(self._passed, self._handovers("target"))),
            self._cases(_about_taking),
        )
        yield "time_limits", tuple(map(_limit_told, limited)), self._cases(_about_waiting)
        wrong = tuple(f.title for f in self._own_findings() if "because" not in f.locus)
        yield "pitfalls", wrong, self._cases(_about_any)

    def _activities(self) -> list[Activity]:
        return [a for a in self.spec.activities if self._does(a)]

    def _does(self, activity: Activity) -> bool:
        if activity.role is not None:
            return activity.role == self.id
        return activity.department is not None and activity.department == self.department

    def _works_in(self, stage: Stage) -> bool:
        return any(map(self._does, stage.activities)) or any(
            part.department == self.department for part in stage.raci
        )

    def _activity_told(self, activity: Activity) -> Text:
        need = "required" if activity.required else "optional"
        return say(f"project.activity_{need}", activity=activity.name)

    def _criteria_told(self) -> Iterator[Text]:
        """Exit criteria about information that this department knows first."""
        own = {i.id for i in self.spec.information if i.department == self.department}
        for stage in self.spec.stages:
            for criterion in stage.exit:
                if own & _items(criterion):
                    yield say("project.criterion_of", stage=stage.name, criterion=criterion.text)

    def _handovers(self, end: Literal["source", "target"]) -> list[DataHandover]:
        every = (h for stage in self.spec.stages for h in stage.handovers)
        return [h for h in every if getattr(h, end) == self.department]

    def _passed(self, handover: DataHandover) -> Text:
        items = [self.spec.item_name(handed.item) for handed in handover.items]
        key = "passed" if handover.within is None else "passed_within"
        ends = {"source": handover.source, "target": handover.target}
        within = {} if handover.within is None else {"within": span_text(handover.within)}
        return say(f"project.{key}", items=_listed(items), **ends, **within)

    def _own_findings(self) -> list[Finding]:
        return [f for f in self.findings if self._takes_part(f)]

    def _takes_part(self, finding: Finding) -> bool:
        """Named in the locus, or doing what the locus names."""
        named = {word for value in finding.locus.values() for word in _words(value)}
        return self.department in named or any(a.event in named for a in self._activities())

    def _cases(self, wanted: Callable[[Finding, str | None], bool]) -> tuple[str, ...]:
        """A few example cases of the findings wanted, the surest first."""
        found = (
            case for f in self._own_findings() if wanted(f, self.department) for case in f.cases
        )
        return tuple(dict.fromkeys(found))[: self.rules["exercise"]["cases"]]


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _items(criterion: Criterion) -> set[str]:
    return {name.id for name in feel.names(feel.parse(criterion.when))}


def _listed(items: Sequence[Text]) -> Text:
    mark = say("project.list_mark")
    return Text(mark.zh.join(i.zh for i in items), mark.en.join(i.en for i in items))


def _limit_told(activity: Activity) -> Text:
    assert activity.sla is not None, "asked only of activities with a time limit"
    return say("project.limit_of", activity=activity.name, within=span_text(activity.sla))


_LATE = ("slow_transition", "sla_breach", "unanswered", "handover_latency", "bottleneck")
_LOST = ("carry_over_loss", "information_lag", "re_ask", "re_entry", "contradiction")


def _about_filling(finding: Finding, _department: str | None) -> bool:
    return finding.type == "gate_incomplete"


def _about_giving(finding: Finding, department: str | None) -> bool:
    return finding.type in _LOST and finding.locus.get("from") == department


def _about_taking(finding: Finding, department: str | None) -> bool:
    return finding.type in _LOST and finding.locus.get("to") == department


def _about_waiting(finding: Finding, _department: str | None) -> bool:
    return finding.type in _LATE


def _about_any(_finding: Finding, _department: str | None) -> bool:
    return True


def _module(
    subject: Subject, topics: tuple[Text, ...], cases: tuple[str, ...], rules: Mapping[str, Any]
) -> Module:
    asked = rules["minutes"]
    minutes = asked["base"] + asked["item"] * len(topics) + (asked["exercise"] if cases else 0)
    exercise = say(f"project.exercise_{subject}") if cases else None
    goal = say(f"project.module_{subject}_goal")
    return Module(subject, goal, topics, min(asked["longest"], minutes), exercise, cases)


# -- to read ---------------------------------------------------------------------------------------


def _blocks(found: Training, lang: Lang) -> Iterator[Block]:
    yield Paragraph(told("training_intro", lang))
    if found.reason is not None:
        yield Paragraph(found.reason.in_(lang))
    for outline in found.outlines:
        yield Heading(outline.name.in_(lang))
        yield Paragraph(
            told("training_length", lang, n=len(outline.modules), minutes=outline.minutes)
        )
        yield _modules(outline, lang)
        for module in outline.modules:
            yield Heading(told(f"module_{module.subject}", lang), 3)
            yield Bullets(tuple(topic.in_(lang) for topic in module.topics))


def _modules(outline: Outline, lang: Lang) -> Table:
    rows = [
        (
            told(f"module_{module.subject}", lang),
            module.goal.in_(lang),
            module.minutes,
            module.exercise.in_(lang) if module.exercise else None,
            _cases(module, lang),
        )
        for module in outline.modules
    ]
    keys = ("module", "module_goal", "minutes", "exercise", "cases")
    return Table(tuple(told(f"head_{k}", lang) for k in keys), tuple(rows), outline.name.in_(lang))


def _cases(module: Module, lang: Lang) -> str | None:
    named = [told("case", lang, n=case) for case in module.cases]
    return told("list_mark", lang).join(named) or None
