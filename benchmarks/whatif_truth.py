"""What the what-if says, against a process in which the intervention is really carried out.

    python benchmarks/whatif_truth.py --logs 100 --cases 500 --jobs 2 --write

Logs come from ``whatif_world.py``, which knows nothing of journeylib; the truth is what tens of
thousands of customers of the changed process meet. Intervals are asked for at 90 %; `--write` renews
``whatif_truth.md``.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from whatif_world import Process, changed, log_rows, population, won_a_quarter

HERE = Path(__file__).parent
NOW = Process()
LEVEL, RESAMPLES, POPULATION = 0.9, 200, 40_000
UNTIL = 375.0
FACTORS = (0.85, 0.93, 0.97, 1.0, 1.03, 1.08)
ADHERENCES = (0.5, 0.8, 1.0)


@dataclass(frozen=True)
class Observed:
    """How many customers are seen, and until which day."""

    cases: int
    until: float


@dataclass(frozen=True)
class Row:
    """An intervention in the process, the same one asked of the what-if, and how far it is kept to."""

    name: str
    then: Process
    asked: tuple[tuple[Any, ...], ...]
    adherence: float


CAP_CALL = ("CapWait", "Enquiry", "First call", 48)
CAP_LEGAL = ("CapWait", "Quote", "Legal check", 24)
CAPPED_CALL = changed(NOW, cap=("Enquiry", "First call", 48.0))
CAPPED_LEGAL = changed(NOW, cap=("Quote", "Legal check", 24.0))
RAISED = changed(NOW, reaches_quote=0.75)
ROWS = (
    Row("nothing", NOW, (), 1.0),
    Row("wait for the first call ≤ 48 h", CAPPED_CALL, (CAP_CALL,), 1.0),
    Row("wait for the first call ≤ 48 h", CAPPED_CALL, (CAP_CALL,), 0.5),
    Row("wait for the legal check ≤ 24 h, beside the credit check", CAPPED_LEGAL, (CAP_LEGAL,), 0.8),
    Row("no second quote", changed(NOW, quoted_again=0.0), (("DropLoop", "Quote"),), 0.8),
    Row("no approval", changed(NOW, asks_approval=False), (("SkipActivity", "Approval"),), 1.0),
    Row("evaluation 60 → 75 %", RAISED, (("RaiseConversion", "evaluation", 0.75),), 1.0),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", type=int, default=100, help="logs of each size")
    parser.add_argument("--cases", type=int, nargs="+", default=[500])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write benchmarks/whatif_truth.md")
    asked = parser.parse_args()
    sizes = [Observed(cases, UNTIL) for cases in asked.cases]
    tasks = [(seen, seed) for seen in sizes for seed in range(asked.logs)]
    with ProcessPoolExecutor(asked.jobs) as pool:
        judged = list(pool.map(partial(judge, truths=truths()), tasks, chunksize=2))
    text = report(judged)
    print(text)
    if asked.write:
        (HERE / "whatif_truth.md").write_text(text, encoding="utf-8")


def truths(cases: int = POPULATION) -> dict[str, Mapping[str, float]]:
    """What customers of each changed process meet, by row; and of the capped one by adherence."""
    found = {_key(row): population(NOW, row.then, row.adherence, cases) for row in ROWS}
    levels = {f"call {a}": population(NOW, CAPPED_CALL, a, cases) for a in ADHERENCES}
    return found | levels


def judge(
    task: tuple[Observed, int], truths: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """What is said of one log: a record per row and figure, and per target a verdict."""
    seen, seed = task
    played = _played(mined(seen, seed))
    return [*_intervals(played, seen, truths), *_verdicts(played, seen, truths)]


def mined(seen: Observed, seed: int) -> Any:
    """The journey of one log."""
    import pandas as pd

    import journeylib as jl
    from journeylib import engine

    frame = pd.DataFrame(log_rows(NOW, seen.cases, seen.until, seed))
    return jl.mine(jl.read_log(frame, engine=engine.duckdb(threads=1)))


def _played(journey: Any) -> dict[tuple[Any, float], Any]:
    """The what-ifs of one log by intervention and adherence, one pass over the log each."""
    from journeylib.goals.whatif.play import whatifs

    found = {}
    for asked in dict.fromkeys(row.asked for row in ROWS):
        levels = {row.adherence for row in ROWS if row.asked == asked}
        shares = tuple(sorted(levels | set(ADHERENCES) if asked == (CAP_CALL,) else levels))
        results = whatifs(journey, _interventions(asked), shares, level=LEVEL, resamples=RESAMPLES)
        found |= {(asked, share): result for share, result in zip(shares, results, strict=True)}
    return found


def _intervals(
    played: Mapping[Any, Any], seen: Observed, truths: Mapping[str, Mapping[str, float]]
) -> Iterator[dict[str, Any]]:
    for row in ROWS:
        truth = truths[_key(row)]
        won = won_a_quarter(truth["won_share"], seen.cases, seen.until)
        for measure, true in (("cycle_time", truth["cycle_time"]), ("won_cases", won)):
            after = played[row.asked, row.adherence].effect(measure).after
            yield {
                "seen": seen, "row": _key(row), "measure": measure, "truth": true,
                "value": after.value, "low": after.ci_low, "high": after.ci_high,
            }  # fmt: skip


def _verdicts(
    played: Mapping[Any, Any], seen: Observed, truths: Mapping[str, Mapping[str, float]]
) -> Iterator[dict[str, Any]]:
    """Targets around what is true at 80 % adherence, and whether they really are reached."""
    from journeylib.goals.attainability import verdict_of

    results = [played[(CAP_CALL,), share] for share in ADHERENCES]
    for factor in FACTORS:
        target = truths["call 0.8"]["cycle_time"] * factor
        said = verdict_of([result.probability(target, "cycle_time") for result in results])
        reached = {a: truths[f"call {a}"]["cycle_time"] <= target for a in ADHERENCES}
        yield {
            "seen": seen, "verdict": said.word,
            "p": results[1].probability(target, "cycle_time"),
            "at_80": reached[0.8], "at_100": reached[1.0],
        }  # fmt: skip


def _interventions(asked: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
    from journeylib.goals.whatif import interventions as kinds
    from journeylib.terms import Span

    made = []
    for kind, *fields in asked:
        span = kind in ("CapWait", "CapStage")
        values = [*fields[:-1], Span(fields[-1], "h")] if span else fields
        made.append(getattr(kinds, kind)(*values))
    return tuple(made)


def _key(row: Row) -> str:
    return f"{row.name} @ {row.adherence:.0%}"


# -- report --------------------------------------------------------------------------------------

_ABOUT = (
    "`python benchmarks/whatif_truth.py --write` generates sales processes (`whatif_world.py`),",
    "cuts them off at an observation date, asks the what-if, and compares with the same process in",
    f"which the intervention is carried out ({POPULATION:,} customers). Intervals are {LEVEL:.0%}:",
    "a coverage of 85 to 95 % is what they promise; its own Wilson interval stands beside it. Bias",
    "is the median of (estimate − truth) ÷ truth.",
)


def report(judged: Iterable[Sequence[Mapping[str, Any]]]) -> str:
    """Everything as Markdown."""
    records = [record for log in judged for record in log]
    intervals = [r for r in records if "measure" in r]
    verdicts = [r for r in records if "verdict" in r]
    return "\n".join(
        (
            "# What-if against truth",
            "",
            *_ABOUT,
            "",
            "## Intervals",
            "",
            *_coverage_table(intervals),
            "",
            "## Probability of reaching a target",
            "",
            "Cycle-time targets around the truth, the first call capped, 80 % adherence: how often a",
            "target to which the what-if gives such a probability is really met.",
            "",
            *_calibration_table(verdicts),
            "",
            "## Verdicts",
            "",
            *_verdict_table(verdicts),
            "",
        )
    )


def _coverage_table(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| intervention @ adherence | figure | cases | logs | truth | bias | coverage | of it |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"
    keys = dict.fromkeys((r["row"], r["measure"], r["seen"]) for r in records)
    for name, measure, seen in keys:
        group = [r for r in records if (r["row"], r["measure"], r["seen"]) == (name, measure, seen)]
        known = [r for r in group if r["value"] is not None]
        held = sum(_holds(r) for r in known)
        bias = median((r["value"] - r["truth"]) / r["truth"] for r in known)
        truth = (
            f"{group[0]['truth'] / 24:.1f} d"
            if measure == "cycle_time"
            else f"{group[0]['truth']:.1f}"
        )
        yield (
            f"| {name} | {measure} | {seen.cases:,} | {len(known)} | {truth} | {bias:+.1%} "
            f"| {held / len(known):.1%} | {_wilson(held, len(known))} |"
        )


def _holds(record: Mapping[str, Any]) -> bool:
    low, high = record["low"], record["high"]
    return (low is None or low <= record["truth"]) and (high is None or record["truth"] <= high)


def _calibration_table(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| probability said | targets | really met | of it |"
    yield "| --- | ---: | ---: | --- |"
    for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        group = [r for r in records if low <= r["p"] < high]
        met = sum(r["at_80"] for r in group)
        if group:
            shares = f"{met / len(group):.1%} | {_wilson(met, len(group))}"
            yield f"| {low:.2f}–{min(high, 1):.2f} | {len(group)} | {shares} |"


def _verdict_table(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| verdict | targets | met at 80 % adherence | met at 100 % |"
    yield "| --- | ---: | ---: | ---: |"
    counts = Counter(r["verdict"] for r in records)
    for word in ("supported", "stretch", "not_supported"):
        group = [r for r in records if r["verdict"] == word]
        if group:
            at_80, at_100 = (sum(r[k] for r in group) / len(group) for k in ("at_80", "at_100"))
            yield f"| {word} | {counts[word]} | {at_80:.1%} | {at_100:.1%} |"


def _wilson(hits: int, n: int) -> str:
    from journeylib.survival import wilson

    low, high = wilson(hits, n)
    return f"{low:.0%}–{high:.0%}"


if __name__ == "__main__":
    main()
