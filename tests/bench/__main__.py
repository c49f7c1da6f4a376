"""`make bench`: every benchmark in one run, each in a process of its own; ratios count, not seconds.

`BENCH_TICKETS=1000000 BENCH_ROUNDS=200 make bench` builds the houses of the targets for the last six (hours).
"""

import subprocess
import sys

BENCHES = (
    "bench_ami",
    "bench_sla",
    "bench_store",
    "bench_calls",
    "bench_dialer",
    "bench_questions",
    "bench_statistics",
    "bench_reports",
    "bench_report_screens",
    "bench_api",
    "bench_desk_http",
    "bench_live_lists",
)

for bench in BENCHES:
    print(f"\n== {bench}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{bench}"], check=True)
