#!/usr/bin/env python3
"""Measures what docs/performance.md reports, and prints it as one Markdown table.

    benches/measure.py [--git REPOSITORY] [--json FILE.ndjson.gz ...] [--build] [--binary PATH]

Needs a release build (`cargo build --release`) and, for the JSON floor,
`cargo build --release -p aftercast-connectors --example import_speed`. Each figure is the median of five
runs; peers run in turn with us, in the same minute, on the same machine. CPU seconds are those of the
process itself and of its children (getrusage), so that two cores do not flatter us.
"""

import argparse
import gzip
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RUNS = 5


class Run:
    """Wall seconds, CPU seconds and peak resident bytes of one command."""

    def __init__(self, command, cwd=None, env=None):
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command}: exit {process.returncode}\n{process.stderr.read().decode()}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024


def median(runs, what):
    return statistics.median(getattr(run, what) for run in runs)


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def mebibytes(value):
    return f"{value / 2**20:.0f} MiB"


def environment(home):
    env = {key: value for key, value in os.environ.items() if not key.startswith("AFTERCAST_")}
    return env | {"AFTERCAST_HOME": str(home), "XDG_CONFIG_HOME": "/nonexistent"}


def fresh(command):
    """Runs `command(home)` in a new home each time."""
    runs = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as home:
            runs.append(Run(command(home), env=environment(home)))
    return runs


def measure_sample(binary, rows):
    sample = ROOT / "crates/app/sample/mwconfig-2015.ndjson.gz"
    runs = fresh(lambda home: [binary, "import", "gerrit", sample])
    rows.append(("import of the sample, 2,359 changes, durable", seconds(median(runs, "wall")), mebibytes(median(runs, "peak"))))
    with tempfile.TemporaryDirectory() as home:
        env = environment(home)
        Run([binary, "import", "gerrit", sample], env=env)
        again = [Run([binary, "import", "gerrit", sample], env=env) for _ in range(RUNS)]
        rows.append(("the same import again: nothing new", seconds(median(again, "wall")), mebibytes(median(again, "peak"))))
        start = [Run([binary, "--version"], env=env) for _ in range(RUNS * 2)]
        review = [Run([binary, "review"], cwd=home, env=env) for _ in range(RUNS * 4)]
        rows.append(
            (
                "warm review of the sample, whole process",
                seconds(median(review, "wall")),
                f"{mebibytes(median(review, 'peak'))}; `--version` takes {seconds(median(start, 'wall'))}",
            )
        )


def measure_git(binary, repository, rows):
    def once():
        with tempfile.TemporaryDirectory() as home:
            return Run([binary, "import", "git", repository], env=environment(home))

    ours, plain, renames = [], [], []
    log = ["git", "-C", repository, "log", "HEAD", "--tags", "--numstat", "--format=%H %P %at %ct %ae"]
    for _ in range(RUNS):
        ours.append(once())
        plain.append(Run([*log, "--no-renames"]))
        renames.append(Run(log))
    commits = subprocess.run(
        ["git", "-C", repository, "rev-list", "HEAD", "--tags", "--count"], capture_output=True, check=True, text=True
    ).stdout.strip()
    us, peer, full = (median(runs, "wall") for runs in (ours, plain, renames))
    name = Path(repository).name
    rows.append((f"git history of {name}, {commits} commits, into the lake", seconds(us), mebibytes(median(ours, "peak"))))
    rows.append(("`git log --numstat --no-renames` of the same", seconds(peer), f"{peer / us:.2f} x our time"))
    rows.append(("`git log --numstat` of the same", seconds(full), f"{full / us:.2f} x our time"))


def measure_json(binary, files, rows):
    example = TARGET / "release/examples/import_speed"
    if not example.exists():
        sys.exit(f"{example} is missing: cargo build --release -p aftercast-connectors --example import_speed")
    floor = subprocess.run([str(example), *map(str, files)], capture_output=True, text=True, check=True).stdout
    print(floor)
    with tempfile.TemporaryDirectory() as folder:
        big = Path(folder) / "twenty.ndjson"
        with big.open("wb") as out:
            for copy in range(20):
                for file in files:
                    with gzip.open(file, "rb") as source:
                        for line in source:
                            # Twenty copies must be twenty different years of changes, not one.
                            out.write(line.replace(b'"_number":', b'"_number":%d' % (copy + 1)))
        size = big.stat().st_size
        runs = fresh(lambda home: [binary, "import", "gerrit", big])
        cpu = median(runs, "cpu")
        rows.append(
            (
                f"JSON import, {size / 1e6:.0f} MB of Gerrit changes, redacted, kept raw, durable",
                f"{size / 1e6 / cpu:.0f} MB a CPU second",
                f"{seconds(median(runs, 'wall'))} on {os.cpu_count()} cores, {mebibytes(median(runs, 'peak'))}",
            )
        )


def measure_build(rows):
    with tempfile.TemporaryDirectory() as target:
        env = os.environ | {"CARGO_TARGET_DIR": target}
        run = Run(["cargo", "build", "--release", "--locked"], cwd=ROOT, env=env)
        rows.append(("cold release build", seconds(run.wall), f"{run.cpu:.0f} CPU seconds"))
        again = Run(["cargo", "build", "--release", "--locked"], cwd=ROOT, env=env)
        rows.append(("unchanged second build", seconds(again.wall), ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=TARGET / "release/aftercast")
    parser.add_argument("--git", action="append", default=[], metavar="REPOSITORY")
    parser.add_argument("--json", nargs="*", default=[], metavar="FILE", type=Path)
    parser.add_argument("--build", action="store_true")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} is missing: cargo build --release")
    rows = []
    measure_sample(arguments.binary, rows)
    for repository in arguments.git:
        measure_git(arguments.binary, repository, rows)
    if arguments.json:
        measure_json(arguments.binary, arguments.json, rows)
    rows.append(("size of the binary", mebibytes(arguments.binary.stat().st_size), "stripped"))
    if arguments.build:
        measure_build(rows)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    print(f"Commit {commit}, {platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d', time.gmtime())}; medians of {RUNS}.\n")
    print("| what | time | memory, peer |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
