#!/usr/bin/env python3
"""Measures what the whole analysis costs beside the bare decode of what it reads, and prints one table.

    benches/analysis.py [--task-runs 10000000] [--services 100] [--home DIR] [--binary PATH] [--runs 3]

Needs a release build (`cargo build --release`). Simulates a company (`aftercast simulate`, seed 1) into DIR
once and keeps it there; a DIR that holds facts already is measured as it is. Then, in turn and in the same
minute: `aftercast survey` (reads every service, folds it, prints) and `aftercast survey --decode-only`
(decodes the same columns of the same files on as many threads, and drops them). Each figure is the median.
CPU seconds are those of the process (getrusage); the peak is its largest resident set, binary included.
"""

import argparse
import csv
import io
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import ROOT, TARGET, Run, environment, mebibytes, median, seconds


def table_rows(binary, env):
    text = subprocess.run(
        [binary, "survey", "--format", "csv"], env=env, check=True, capture_output=True, text=True
    ).stdout
    lines = list(csv.DictReader(io.StringIO(text)))
    return len(lines), sum(int(line["rows"]) for line in lines), max(int(line["rows"]) for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=TARGET / "release/aftercast")
    parser.add_argument("--task-runs", type=int, default=10_000_000)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} is missing: cargo build --release")
    home = arguments.home or Path(tempfile.gettempdir()) / f"aftercast-bench-{arguments.task_runs}"
    env = environment(home)
    rows = []
    if not (home / "aftercast.db").exists():
        size = ["--task-runs", arguments.task_runs, "--services", arguments.services, "--seed", 1]
        simulated = Run([arguments.binary, "simulate", *size], env=env)
        rows.append(("simulate and store", simulated, ""))
    services, facts, largest = table_rows(arguments.binary, env)
    surveys, floors = [], []
    for _ in range(arguments.runs):
        surveys.append(Run([arguments.binary, "survey", "--format", "csv"], env=env))
        floors.append(Run([arguments.binary, "survey", "--decode-only"], env=env))
    ratio = {what: median(surveys, what) / median(floors, what) for what in ("wall", "cpu")}
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    today = time.strftime("%Y-%m-%d", time.gmtime())
    print(f"Commit {commit}, {platform.machine()}, {os.cpu_count()} cores, {today}; medians of {arguments.runs}.")
    print(f"{services} services, {facts:,} facts, {largest:,} in the largest service.\n")
    print("| what | time | CPU | peak memory |\n|---|---|---|---|")
    for what, run, _ in rows:
        print(f"| {what} | {seconds(run.wall)} | {seconds(run.cpu)} | {mebibytes(run.peak)} |")
    for what, runs in (("whole analysis of every service", surveys), ("bare decode of the same columns", floors)):
        figures = (seconds(median(runs, "wall")), seconds(median(runs, "cpu")), mebibytes(median(runs, "peak")))
        print(f"| {what} | " + " | ".join(figures) + " |")
    print(f"| analysis over decode | {ratio['wall']:.2f} x | {ratio['cpu']:.2f} x | |")


if __name__ == "__main__":
    main()
