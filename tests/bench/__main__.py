"""`make bench`: every benchmark in one run, each in a process of its own; ratios count, not seconds."""

import subprocess
import sys

BENCHES = (
    "bench_ami",
    "bench_sla",
    "bench_store",
    "bench_calls",
    "bench_dialer",
    "bench_questions",
    "bench_api",
)

for bench in BENCHES:
    print(f"\n== {bench}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{bench}"], check=True)
