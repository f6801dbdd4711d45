"""The command: ``python -m benchmarks``, which is what ``make bench`` runs."""

import argparse
import fnmatch
import json
import os
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure, then write docs/benchmarks.md and benchmarks/results.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time every operation beside its peers.")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="cases whose name matches, such as 'canny*'")
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 2048], help="sides of the pictures")
    parser.add_argument("--quick", action="store_true", help="an eighth of the time for each line, no memory")
    parser.add_argument("--out", type=Path, help="folder for both files, instead of docs/ and benchmarks/")
    options = parser.parse_args()

    from benchmarks.cases import THEMES
    from benchmarks.fixed_costs import measure_fixed_costs
    from benchmarks.growth import measure_growth
    from benchmarks.memory import measure_memory
    from benchmarks.report import as_markdown, environment
    from benchmarks.run import measure_case

    start = time.perf_counter()
    chosen = [case for cases in THEMES.values() for case in cases if fnmatch.fnmatch(case.name, options.only)]
    if not chosen:
        parser.error(f"--only must match a case, got {options.only!r}")
    about = environment() | {"load": _load()}
    records: list[dict[str, Any]] = []
    for case in chosen:
        for record in measure_case(case, options.sizes, budget=0.1 if options.quick else 0.8):
            records.append(record.as_dict())
            _tell(record.as_dict(), time.perf_counter() - start)
    memory = [] if options.quick else measure_memory(chosen)
    growth = [] if options.quick else measure_growth(chosen)
    fixed = measure_fixed_costs() if options.only == "*" else []

    page, results = ROOT / "docs" / "benchmarks.md", ROOT / "benchmarks" / "results.json"
    if options.out is not None:
        page, results = options.out / page.name, options.out / results.name
    page.parent.mkdir(parents=True, exist_ok=True)
    others = {"growth": growth, "memory": memory, "fixed": fixed}
    page.write_text(as_markdown(THEMES, records, others, about))
    results.write_text(json.dumps({"about": about, "records": records, **others}, indent=1) + "\n")
    print(f"{len(records)} comparisons in {time.perf_counter() - start:.0f} s: {page}, {results}")


def _load() -> str:
    """Say how busy the machine was before."""
    return f"Load before the run {os.getloadavg()[0]:.1f}." if hasattr(os, "getloadavg") else ""


def _tell(record: dict[str, Any], seconds: float) -> None:
    words = [
        f"{seconds:5.0f} s",
        record["case"],
        f"{record['size']}² {record['layout']} {record['dtype']}",
        record["peer"],
    ]
    figures = record["failed"] or f"{record['ours_ms']:.3g} / {record['peer_ms']:.3g} ms = {record['ratio']:.2f}"
    print("  ".join([*words, figures]), flush=True)


if __name__ == "__main__":
    main()
