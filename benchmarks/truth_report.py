"""The tables of the benchmark of truth, as Markdown."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from truth_scores import (
    PLACES,
    Population,
    Score,
    Verdict,
    facts,
    in_scope,
    is_echo,
    label,
    matches,
    ndcg,
    scores,
)
from truth_verdicts import raw

from journeylib.survival import wilson

Verdicts = Sequence[Verdict]
RANKINGS = ("journeylib", "raw p < .05", "total time", "mean wait")


def report(verdicts: Verdicts, populations: Mapping[str, Population]) -> str:
    """All tables of a run."""
    planted = [v for v in verdicts if not _is_null(v)]
    nulls = [v for v in verdicts if _is_null(v)]
    scope, unproven = in_scope(planted), facts(planted)
    lines = ["# Benchmark of truth", "", *_preface(planted, nulls, scope)]
    for (strength, size), group in _groups(planted):
        table = scores(group, scope, populations[strength])
        lines += [
            "",
            f"## {strength}, {size:,} cases, {len(group)} logs",
            "",
            *_types(table, unproven),
        ]
        lines += ["", *_rankings(group, scope, unproven), "", *_false_alarms(group)]
    return "\n".join([*lines, "", *_nulls(nulls)]) + "\n"


def _is_null(verdict: Verdict) -> bool:
    return verdict["task"]["strength"] == "none" or bool(verdict["task"]["shuffled"])


def _groups(verdicts: Verdicts) -> Iterator[tuple[tuple[str, int], list[Verdict]]]:
    keys = sorted({(v["task"]["strength"], v["task"]["cases"]) for v in verdicts})
    for key in sorted(keys, key=lambda k: (k[0] != "strong", k[1])):
        yield key, [v for v in verdicts if (v["task"]["strength"], v["task"]["cases"]) == key]


def _preface(planted: Verdicts, nulls: Verdicts, scope: set[str]) -> Iterator[str]:
    unseen = {label(plant) for v in planted for plant in v["plants"]} - scope
    yield (
        f"{len(planted)} logs with plants and {len(nulls)} without, written by "
        "`python benchmarks/truth.py --write`. Plants of all types lie in one log, each at its own "
        "place. Recall: plants found, of those planted. Precision: proven findings that are plants, "
        "of all that are no echo of one. Size: median |log ratio| of the estimate to what a log of "
        "20,000 cases holds. Coverage: 95 % intervals (and 90 % ones, from k and n) that hold it. "
        "A fact (a type whose claims have no p, as `bottleneck`) is never proven and counts when listed."
    )
    if unseen:
        yield from ("", f"Planted, but no family looks for it yet: {', '.join(sorted(unseen))}.")


def _types(table: Mapping[str, Score], unproven: set[str]) -> Iterator[str]:
    yield "| type | plants | recall | precision | false alarms | size | 95 % covers | 90 % covers |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, score in table.items():
        yield _type(name, score)
    proven = [score for name, score in table.items() if name not in unproven]
    total = Score(
        planted=sum(s.planted for s in proven),
        found=sum(s.found for s in proven),
        right=sum(s.right for s in proven),
        wrong=sum(s.wrong for s in proven),
        log_ratios=[x for s in proven for x in s.log_ratios],
        covered=[x for s in proven for x in s.covered],
        covered_90=[x for s in proven for x in s.covered_90],
    )
    yield _type("**all that can be proven**", total)


def _type(name: str, score: Score) -> str:
    size = f"{statistics.median(score.log_ratios):.2f}" if score.log_ratios else "–"
    cells = (
        name,
        str(score.planted),
        _figure(score.recall),
        _figure(score.precision),
        str(score.wrong),
        size,
        _share(score.covered),
        _share(score.covered_90),
    )
    return f"| {' | '.join(cells)} |"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits) / len(hits):.0%} of {len(hits)}" if hits else "–"


def _rankings(group: Verdicts, scope: set[str], unproven: set[str]) -> Iterator[str]:
    yield f"| ranking | nDCG@{PLACES} (mean) | of its first {PLACES} that are no echo, true |"
    yield "|---|---:|---:|"
    for how in RANKINGS:
        gains, true, said = [], 0, 0
        for verdict in group:
            plants = [p for p in verdict["plants"] if label(p) in scope - unproven]
            ranked, typed = _ranked(verdict, how, unproven), how in RANKINGS[:2]
            gains.append(ndcg(ranked, plants, typed=typed))
            hits = [ndcg([one], plants, typed=typed) > 0 for one in ranked[:PLACES]]
            true, said = true + sum(hits), said + len(hits)
        yield f"| {how} | {statistics.mean(gains):.2f} | {_figure(true / said if said else None)} |"


def _ranked(verdict: Verdict, how: str, unproven: set[str]) -> list[Verdict]:
    """The ranking without facts, and without echoes, which are neither right nor wrong."""
    if how not in RANKINGS[:2]:
        return list(verdict["naive"][how])
    said = list(raw(verdict)) if how == RANKINGS[1] else verdict["findings"]
    kept = [finding for finding in said if label(finding) not in unproven]
    return [finding for finding in kept if not is_echo(finding, verdict["plants"])]


def _false_alarms(group: Verdicts) -> Iterator[str]:
    alarms = Counter(
        _place(finding)
        for verdict in group
        for finding in verdict["findings"]
        if finding["confidence"] == "proven"
        and not any(matches(finding, plant) for plant in verdict["plants"])
        and not is_echo(finding, verdict["plants"])
    )
    if alarms:
        said = "; ".join(f"{place} ({n})" for place, n in sorted(alarms.items()))
        yield f"False alarms (logs): {said}."


def _place(finding: Mapping[str, Any]) -> str:
    where = ", ".join(f"{key} {value}" for key, value in finding["locus"].items())
    return f"{finding['type']}: {where}"


# -- where nothing is wrong ------------------------------------------------------------------------


def _nulls(nulls: Verdicts) -> Iterator[str]:
    yield "## Logs in which nothing is wrong"
    yield ""
    yield (
        "Clean worlds with other seeds: any finding is a false alarm. Planted logs with segments (or "
        "channels, among like events) dealt anew: any slow transition by segment (or channel) is. "
        "Outcomes and departments are not dealt anew: a tolerance is exceeded then as before, so that "
        "it makes no null for shares."
    )
    yield ""
    yield "| logs | n | any `proven` (95 % interval) | proven per log | any raw p < .05 |"
    yield "|---|---:|---:|---:|---:|"
    for name in sorted({_null_name(v) for v in nulls}):
        yield _null(name, [v for v in nulls if _null_name(v) == name])
    yield _null("**all**", nulls)
    for alarm in sorted({_alarm(v, f) for v in nulls for f in _alarms(v)}):
        yield f"\n- {alarm}"


def _null(name: str, group: Verdicts) -> str:
    alarms = [len(_alarms(verdict)) for verdict in group]
    any_alarm, n = sum(count > 0 for count in alarms), len(group)
    low, high = wilson(any_alarm, n)
    naive = sum(any(_counts(v, claim) for claim in raw(v)) for v in group)
    rate = f"{any_alarm / n:.1%} ({low:.1%}–{high:.1%})" if n else "–"
    return f"| {name} | {n} | {rate} | {sum(alarms) / max(n, 1):.2f} | {naive / max(n, 1):.0%} |"


def _null_name(verdict: Verdict) -> str:
    task = verdict["task"]
    return f"{task['shuffled']}s dealt anew" if task["shuffled"] else f"clean {task['world']}"


def _alarms(verdict: Verdict) -> list[Verdict]:
    said = [f for f in verdict["findings"] if f["confidence"] == "proven"]
    return [finding for finding in said if _counts(verdict, finding)]


def _counts(verdict: Verdict, said: Verdict) -> bool:
    """Whether the null is one for this kind of claim."""
    shuffled = verdict["task"]["shuffled"]
    return not shuffled or (said["type"] == "slow_transition" and shuffled in said["locus"])


def _alarm(verdict: Verdict, finding: Mapping[str, Any]) -> str:
    return f"{_null_name(verdict)}: {_place(finding)}"
