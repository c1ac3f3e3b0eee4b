from typing import Any, ClassVar

class BackBroker:
    params: ClassVar[Any]
    p: Any
    cerebro: Any
    cash: float
    positions: Any
    pending: Any
    def __init__(self, **params: Any) -> None: ...
    def init(self) -> None: ...
    def next(self) -> None: ...
    def notify(self, order: Any) -> None: ...
    def getcash(self) -> float: ...
    def getvalue(self, datas: Any = None) -> float: ...
    def getposition(self, data: Any) -> Any: ...
    def get_orders_open(self, safe: bool = False) -> list[Any]: ...
    def addcommissioninfo(self, comminfo: Any, name: str | None = None) -> None: ...
    def set_slippage_perc(
        self,
        perc: float,
        slip_open: bool = True,
        slip_limit: bool = True,
        slip_match: bool = True,
        slip_out: bool = False,
    ) -> None: ...
    _toactivate: Any
    _cash_addition: Any
    _value: float
    _valuelever: float
    _valuemkt: float
    _valuemktlever: float
    _fundval: float
    _fundshares: float
    _leverage: float
    _unrealized: float
    def _get_value(self, datas: Any = None, lever: bool = False) -> float: ...
