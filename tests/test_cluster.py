"""A sweep on a Dask cluster is the sweep of one machine, bit for bit, even when a worker dies half-way."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import capshift as cs
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from capshift.data_feeds import Market

#: A cluster of two processes of its own, away from the tests' blocked sockets and stern warnings.
PROGRAM = """
import os
import signal
import sys

import numpy as np
import pandas as pd
from distributed import Client, LocalCluster

import capshift as cs

VALUES = {"entry": range(20, 120, 2), "exit": range(5, 45), "filters": ["", "calm"]}


def main():
    market = cs.load_market(start="2016-01-04", end="2020-12-31", leaders="QQQ")
    whole = cs.sweep("breakout", market, **VALUES)
    alone = whole.table
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        shared = cs.sweep("breakout", market, dask=client, **VALUES)
        pd.testing.assert_frame_equal(shared.table, alone, check_exact=True)
        for name in ("blocks", "leads", "moves", "base"):
            np.testing.assert_array_equal(getattr(shared.returns, name), getattr(whole.returns, name))
        assert shared.selection().summary() == whole.selection().summary()
        victim = next(iter(client.scheduler_info()["workers"].values()))["name"]
        pid = client.submit(os.getpid, workers=[victim], pure=False).result()
        killed = []

        def kill(done, total):
            if done > total / 4 and not killed:
                killed.append(done)
                os.kill(pid, signal.SIGKILL)

        shaken = cs.sweep("breakout", market, dask=client, progress=kill, **VALUES)
        assert 0 < killed[0] < len(alone), killed
        pd.testing.assert_frame_equal(shaken.table, alone, check_exact=True)
        address = cluster.scheduler_address
        few = cs.sweep("mix", market, dask=address, small=[0.2, 0.4]).table
        pd.testing.assert_frame_equal(few, cs.sweep("mix", market, small=[0.2, 0.4]).table, check_exact=True)
    print("same", len(alone))


if __name__ == "__main__":
    main()
"""


def test_a_cluster_gives_the_same_table_and_outlives_a_worker(tmp_path: Path) -> None:
    """Two worker processes give the bits of one, table and sums, by client or address, also when one is killed."""
    script = tmp_path / "cluster.py"
    script.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=240, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split()[-2] == "same"


def test_a_market_travels_between_processes_unchanged(market: Market) -> None:
    """Pickled and back, a market has its fingerprint, and its arrays cannot be written."""
    again = pickle.loads(pickle.dumps(market))  # noqa: S301 - our own
    assert again.fingerprint == market.fingerprint
    for array in (again.small.close, again.leaders.bars[0].close, again.series["DGS3MO"], again.month_end):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_scheduler_that_is_not_there_is_told(short_market: Market) -> None:
    """An address at which nobody answers ends in one line."""
    with pytest.raises(DataUnavailableError, match="no Dask scheduler answers at nonsense"):
        cs.sweep("mix", short_market, dask="nonsense://here")
