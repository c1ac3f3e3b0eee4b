"""Types for the part of Backtrader that capshift uses and that its users meet in rules."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from backtrader import analyzers as analyzers
from backtrader import brokers as brokers
from backtrader import feed as feed
from backtrader import feeds as feeds
from backtrader import indicators as ind
from backtrader import indicators as indicators

# The rest of Backtrader (talib, stores, observers, ...) is there, without types.
def __getattr__(name: str) -> Any: ...

class TimeFrame:
    Minutes: ClassVar[int]
    Days: ClassVar[int]
    Weeks: ClassVar[int]
    Months: ClassVar[int]
    Years: ClassVar[int]

class Order:
    Market: ClassVar[int]
    Close: ClassVar[int]
    Limit: ClassVar[int]
    Stop: ClassVar[int]
    StopLimit: ClassVar[int]
    StopTrail: ClassVar[int]
    StopTrailLimit: ClassVar[int]
    Submitted: ClassVar[int]
    Accepted: ClassVar[int]
    Partial: ClassVar[int]
    Completed: ClassVar[int]
    Canceled: ClassVar[int]
    Expired: ClassVar[int]
    Margin: ClassVar[int]
    Rejected: ClassVar[int]

class CommInfoBase:
    COMM_PERC: ClassVar[int]
    params: ClassVar[Any]
    p: Any
    def __init__(self, **params: Any) -> None: ...
    def getsize(self, price: float, cash: float) -> float: ...

class Analyzer:
    params: ClassVar[Any]
    p: Any
    strategy: Any
    data: Any
    datas: list[Any]
    rets: Any
    def __len__(self) -> int: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def prenext(self) -> None: ...
    def nextstart(self) -> None: ...
    def next(self) -> None: ...
    def notify_order(self, order: Any) -> None: ...
    def notify_trade(self, trade: Any) -> None: ...
    def notify_cashvalue(self, cash: float, value: float) -> None: ...
    def create_analysis(self) -> None: ...
    def get_analysis(self) -> Any: ...

class Sizer:
    params: ClassVar[Any]
    p: Any
    strategy: Any
    broker: Any
    def getsizing(self, data: Any, isbuy: bool) -> Any: ...
    def _getsizing(self, comminfo: Any, cash: float, data: Any, isbuy: bool) -> Any: ...

class _Lines:
    """What strategies, indicators and observers share: lines become attributes, by their names."""

    params: ClassVar[Any]
    lines: Any
    plotinfo: ClassVar[Any]
    plotlines: ClassVar[Any]
    p: Any
    l: Any
    data: Any
    data0: Any
    data1: Any
    data2: Any
    datas: list[Any]
    def __init__(self, *args: Any, **params: Any) -> None: ...
    def __len__(self) -> int: ...
    def addminperiod(self, minperiod: int) -> None: ...
    def prenext(self) -> None: ...
    def nextstart(self) -> None: ...
    def next(self) -> None: ...

class Indicator(_Lines):
    def __getattr__(self, name: str) -> Any: ...
    def __getitem__(self, ago: int) -> Any: ...
    def once(self, start: int, end: int) -> None: ...

class Observer(_Lines):
    def __getattr__(self, name: str) -> Any: ...

class Strategy(_Lines):
    broker: Any
    analyzers: Any
    observers: Any
    stats: Any
    @property
    def position(self) -> Any: ...
    @property
    def positions(self) -> Any: ...
    @property
    def positionsbyname(self) -> Any: ...
    dnames: Any
    env: Any
    cerebro: Any
    datetime: Any
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def _periodset(self) -> None: ...
    def next_open(self) -> None: ...
    def prenext_open(self) -> None: ...
    def nextstart_open(self) -> None: ...
    def notify_order(self, order: Any) -> None: ...
    def notify_trade(self, trade: Any) -> None: ...
    def notify_cashvalue(self, cash: float, value: float) -> None: ...
    def notify_fund(self, cash: float, value: float, fundvalue: float, shares: float) -> None: ...
    def notify_data(self, data: Any, status: Any, *args: Any, **options: Any) -> None: ...
    def notify_store(self, msg: Any, *args: Any, **options: Any) -> None: ...
    def notify_timer(self, timer: Any, when: Any, *args: Any, **options: Any) -> None: ...
    def add_timer(
        self,
        when: Any,
        offset: timedelta = ...,
        repeat: timedelta = ...,
        weekdays: Sequence[int] = ...,
        weekcarry: bool = False,
        monthdays: Sequence[int] = ...,
        monthcarry: bool = True,
        allow: Any = None,
        tzdata: Any = None,
        cheat: bool = False,
        *args: Any,
        **options: Any,
    ) -> Any: ...
    def getdatabyname(self, name: str) -> Any: ...
    def getdatanames(self) -> list[str]: ...
    sizer: Any
    def setsizer(self, sizer: Any) -> Any: ...
    def getsizer(self) -> Any: ...
    def getsizing(self, data: Any = None, isbuy: bool = True) -> Any: ...
    def buy(
        self,
        data: Any = None,
        size: float | None = None,
        price: float | None = None,
        plimit: float | None = None,
        exectype: int | None = None,
        valid: Any = None,
        tradeid: int = 0,
        oco: Any = None,
        trailamount: float | None = None,
        trailpercent: float | None = None,
        parent: Any = None,
        transmit: bool = True,
        **options: Any,
    ) -> Any: ...
    def sell(
        self,
        data: Any = None,
        size: float | None = None,
        price: float | None = None,
        plimit: float | None = None,
        exectype: int | None = None,
        valid: Any = None,
        tradeid: int = 0,
        oco: Any = None,
        trailamount: float | None = None,
        trailpercent: float | None = None,
        parent: Any = None,
        transmit: bool = True,
        **options: Any,
    ) -> Any: ...
    def close(self, data: Any = None, size: float | None = None, **options: Any) -> Any: ...
    def cancel(self, order: Any) -> None: ...
    def buy_bracket(
        self,
        data: Any = None,
        size: float | None = None,
        price: float | None = None,
        plimit: float | None = None,
        exectype: int | None = 2,
        valid: Any = None,
        tradeid: int = 0,
        trailamount: float | None = None,
        trailpercent: float | None = None,
        oargs: Mapping[str, Any] = ...,
        stopprice: float | None = None,
        stopexec: int | None = 3,
        stopargs: Mapping[str, Any] = ...,
        limitprice: float | None = None,
        limitexec: int | None = 2,
        limitargs: Mapping[str, Any] = ...,
        **options: Any,
    ) -> list[Any]: ...
    def sell_bracket(
        self,
        data: Any = None,
        size: float | None = None,
        price: float | None = None,
        plimit: float | None = None,
        exectype: int | None = 2,
        valid: Any = None,
        tradeid: int = 0,
        trailamount: float | None = None,
        trailpercent: float | None = None,
        oargs: Mapping[str, Any] = ...,
        stopprice: float | None = None,
        stopexec: int | None = 3,
        stopargs: Mapping[str, Any] = ...,
        limitprice: float | None = None,
        limitexec: int | None = 2,
        limitargs: Mapping[str, Any] = ...,
        **options: Any,
    ) -> list[Any]: ...
    def order_target_size(self, data: Any = None, target: float = 0, **options: Any) -> Any: ...
    def order_target_value(
        self, data: Any = None, target: float = 0.0, price: float | None = None, **options: Any
    ) -> Any: ...
    def order_target_percent(self, data: Any = None, target: float = 0.0, **options: Any) -> Any: ...
    def getposition(self, data: Any = None, broker: Any = None) -> Any: ...
    def getpositionbyname(self, name: str | None = None, broker: Any = None) -> Any: ...

class SignalStrategy(Strategy):
    def signal_add(self, sigtype: int, signal: Any) -> None: ...

class Cerebro:
    broker: Any
    datas: list[Any]
    datasbyname: dict[str, Any]
    runningstrats: list[Any]
    def __init__(self, **params: Any) -> None: ...
    def adddata(self, data: Any, name: str | None = None) -> Any: ...
    def resampledata(self, dataname: Any, name: str | None = None, **options: Any) -> Any: ...
    def addstrategy(self, strategy: type[Strategy], *args: Any, **params: Any) -> int: ...
    def addanalyzer(self, ancls: type[Analyzer], *args: Any, **params: Any) -> None: ...
    def addobserver(self, obscls: type[Observer], *args: Any, **params: Any) -> None: ...
    def addsizer(self, sizercls: type[Sizer], *args: Any, **params: Any) -> None: ...
    def add_timer(
        self,
        when: Any,
        offset: timedelta = ...,
        repeat: timedelta = ...,
        weekdays: Sequence[int] = ...,
        weekcarry: bool = False,
        monthdays: Sequence[int] = ...,
        monthcarry: bool = True,
        allow: Any = None,
        tzdata: Any = None,
        strats: bool = False,
        cheat: bool = False,
        *args: Any,
        **options: Any,
    ) -> Any: ...
    def getbroker(self) -> Any: ...
    def setbroker(self, broker: Any) -> Any: ...
    def replaydata(self, dataname: Any, name: str | None = None, **options: Any) -> Any: ...
    def optstrategy(self, strategy: type[Strategy], *args: Any, **params: Any) -> None: ...
    def run(self, **params: Any) -> list[Any]: ...
    def runstop(self) -> None: ...
    def plot(
        self,
        plotter: Any = None,
        numfigs: int = 1,
        iplot: bool = True,
        start: Any = None,
        end: Any = None,
        width: int = 16,
        height: int = 9,
        dpi: int = 300,
        tight: bool = True,
        use: str | None = None,
        **options: Any,
    ) -> list[Any]: ...
