"""The one door to Dask: a sweep's work handed to the workers of a cluster."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from capshift.backtests.judging import Judge
from capshift.errors import DataUnavailableError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    import numpy as np
    from distributed import Client
    from numpy.typing import NDArray

    from capshift.backtests.account import Account
    from capshift.backtests.grid import Grid
    from capshift.backtests.judging import Judged
    from capshift.data_feeds import Market

#: A lost worker's tasks go to others; a task that has cost so many workers is given up.
_RETRIES = 5
#: The judge of the sweep that this worker last worked for: what its variants share is worked out once a worker.
_JUDGES: dict[str, Judge] = {}


def client_of(address: str | Client) -> Client:
    """Return a client of a cluster.

    Args:
        address: A scheduler's, like tcp://host:8786, or a client that is connected.

    Raises:
        ParameterError: Dask is not installed.
        DataUnavailableError: The scheduler does not answer.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - the extra capshift[dask]
    except ImportError as reason:
        msg = "Dask is not installed; pip install 'capshift[dask]'"
        raise ParameterError(msg) from reason
    if isinstance(address, Client):
        return address
    connect: Any = Client  # distributed's own functions have no types
    try:
        return cast("Client", connect(address, timeout="10s"))
    except (OSError, ValueError, TypeError) as reason:
        msg = f"no Dask scheduler answers at {address}; start one, or give the address that it prints"
        raise DataUnavailableError(msg) from reason


def work_of(client: Any, judge: Judge) -> tuple[Executor, Callable[..., Judged], tuple[Any, ...], int]:
    """Return who does the work, what is to be called, with what in front, and how many tasks keep all workers busy.

    The market is sent to every worker once, under its fingerprint; a task carries positions in a grid.
    """
    key = f"capshift-market-{judge.market.fingerprint}"
    market = client.scatter({key: judge.market}, broadcast=True)[key]
    token = uuid.uuid4().hex
    executor = client.get_executor(retries=_RETRIES, pure=False)
    common = (token, market, judge.account, judge.grids, judge.engine, judge.share)
    return executor, _judged, common, 4 * max(1, sum(client.nthreads().values()))


def _judged(
    token: str,
    market: Market,
    account: Account,
    grids: tuple[Grid, ...],
    engine: str,
    share: float,
    number: int,
    positions: NDArray[np.int64],
) -> Judged:
    """Return what the judge of this worker finds."""
    judge = _JUDGES.get(token)
    if judge is None:
        _JUDGES.clear()
        judge = _JUDGES[token] = Judge(market, account, grids, engine, share)
    return judge.judged(number, positions)
