"""A node holds 300 streams in 150 MB only if it loads no library that it does not use."""

import subprocess
import sys

UNUSED = ("redis", "asyncpg", "sqlalchemy.orm", "sqlalchemy.ext.asyncio", "fpdf", "xlsxwriter", "pymorphy3")


def test_a_node_on_sqlite_loads_neither_redis_nor_the_orm_nor_report_writers() -> None:
    code = f"import sys, callcenter.bootstrap\nprint(*sorted(set({UNUSED!r}) & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
