"""The benchmark of truth: what is found of what was planted, and what is claimed where nothing is.

    python benchmarks/truth.py --seeds 30 --sizes 150 600 2400 --nulls 200 --jobs 2 --write

Logs come from ``event_logs/worlds/benchmark.toml``, which knows nothing of journeylib, with mild and
strong plants of every type of finding. A verdict is kept in ``benchmarks/data`` as soon as it is there
(one JSON object a line, under a fingerprint of code, worlds and rules): a run that was killed goes on.
Only types that some family looks for are scored; a new family needs no change here.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from truth_report import report
from truth_scores import name
from truth_verdicts import Task, generator, verdict

HERE = Path(__file__).parent
STORE = HERE / "data" / "truth.jsonl"
STRENGTHS = ("strong", "mild")
CLEAN = ("benchmark", "crm_sales", "solar_home")
SHUFFLED = ("segment", "channel")
NULL_CASES = 600
NULL_SEEDS = 1000  # the null logs' seeds begin here
POPULATION = 20_000  # cases whose shares and medians stand for the truth behind every log
MADE_BY = ("event_logs/**/*.py", "event_logs/**/*.toml")
FOUND_BY = ("journeylib/*.py", "journeylib/reading/**/*.py", "journeylib/findings/**/*.py")
JUDGED_BY = (*MADE_BY, *FOUND_BY, "templates/*.toml", "templates/rules/*.toml")
JUDGED_BY += ("benchmarks/truth_verdicts.py", "benchmarks/truth_rules.toml")


def main() -> None:
    asked = _arguments()
    tasks = [*planted(asked.sizes, asked.seeds), *nulls(asked.nulls)]
    verdicts = judge(tasks, asked.jobs, STORE)
    text = report(verdicts, {strength: population(strength) for strength in STRENGTHS})
    print(text)
    if asked.write:
        (HERE / "truth.md").write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30, help="logs of each size and strength")
    parser.add_argument("--sizes", type=int, nargs="+", default=[150, 600, 2400], help="cases")
    parser.add_argument("--nulls", type=int, default=200, help="logs in which nothing is wrong")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write benchmarks/truth.md")
    return parser.parse_args()


def planted(sizes: Sequence[int], seeds: int) -> Iterator[Task]:
    """Every size and strength, seed by seed."""
    for seed, size, strength in itertools.product(range(1, seeds + 1), sizes, STRENGTHS):
        yield Task("benchmark", strength, size, seed)


def nulls(count: int) -> Iterator[Task]:
    """Half of them clean worlds, half planted logs whose segments or channels are dealt anew."""
    for i in range(count):
        seed, turn = NULL_SEEDS + i, i // 2
        if i % 2 == 0:
            yield Task(CLEAN[turn % len(CLEAN)], "none", NULL_CASES, seed)
        else:
            shuffled = SHUFFLED[turn % len(SHUFFLED)]
            yield Task("benchmark", "strong", NULL_CASES, seed, shuffled)


def judge(tasks: Iterable[Task], jobs: int, store: Path) -> list[dict[str, Any]]:
    """The verdicts on `tasks`, from the store or anew, in the order of the tasks."""
    code, wanted = _fingerprint(JUDGED_BY), list(tasks)
    known = {task: said for task, said in _stored(store, code) if task in set(wanted)}
    missing = [task for task in wanted if task not in known]
    store.parent.mkdir(parents=True, exist_ok=True)
    with store.open("a", encoding="utf-8") as file, ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(verdict, task): task for task in missing}
        for done, future in enumerate(as_completed(running), start=1):
            known[running[future]] = future.result()
            file.write(json.dumps({"code": code, **future.result()}, ensure_ascii=False) + "\n")
            file.flush()
            sys.stderr.write(f"{done} of {len(missing)} logs judged\n")
    return [known[task] for task in wanted]


def _stored(store: Path, code: str) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Verdicts of earlier runs of this very code; a line that was cut off is none."""
    for line in store.read_text(encoding="utf-8").splitlines() if store.exists() else ():
        if line.startswith(f'{{"code": "{code}"') and line.endswith("}"):
            kept = json.loads(line)
            yield Task(**kept["task"]), kept


def _fingerprint(patterns: Iterable[str]) -> str:
    """Of all that a result depends on: what changes it makes it out of date."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(HERE.parent.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def population(strength: str) -> dict[str, Any]:
    """What a huge log holds at each plant's place, as the generator counts it."""
    kept = STORE.with_name(f"truth_{strength}_{_fingerprint(MADE_BY)}.json")
    if not kept.exists():
        truth = generator.generate_all("benchmark", POPULATION, 0, strength).truth
        held = {name(plant): plant["realised"] for plant in truth["plants"]}
        kept.write_text(json.dumps(held), encoding="utf-8")
    held: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return held | {
        place: _of_all_known(held, place) for place in held if place.startswith("re_ask")
    }


def _of_all_known(held: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Asked again, of all hand-overs of a known value as a finding counts them, not of those lost."""
    known = held[place.replace("re_ask", "carry_over_loss", 1)]["n"]
    return {"n": known, "k": held[place]["k"], "share": held[place]["k"] / known}


if __name__ == "__main__":
    main()
