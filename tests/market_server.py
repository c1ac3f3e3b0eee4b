"""A server on loopback that speaks as Yahoo and FRED do, and misbehaves as they do when a test asks it to.

It is a proxy for HTTPS: whoever sets the environment variables of `environment()` sends requests meant for Yahoo and
FRED here, and believes the certificate. So the real clients run unchanged, through the addresses they really use, and
no line of capshift knows that it is tested.

    python tests/market_server.py --data DIR

serves `DIR/bars` and `DIR/macro` until it is stopped, and prints what to set in another terminal.

Yahoo's chart (`/v8/finance/chart/SYMBOL?period1=&period2=`): `chart.result[0]` has `meta`, `timestamp` (seconds, at the
open), `indicators.quote[0]` (prices adjusted for splits), `indicators.adjclose[0]`, and `events` with `dividends`,
`splits` and `capitalGains`, each keyed by its time. Unknown symbols are answered with 404 and `chart.error`. A cookie
(`fc.yahoo.com`) and a crumb (`/v1/test/getcrumb`) are asked for first.

FRED (`/graph/fredgraph.csv?id=`): `observation_date,NAME`, an empty cell where a value is missing. ALFRED
(`/graph/alfredgraph.csv?id=NAME,NAME&vintage_date=DAY,DAY`): one column `NAME_YYYYMMDD` a vintage.
"""

from __future__ import annotations

import argparse
import json
import socket
import ssl
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd
import trustme

if TYPE_CHECKING:
    from collections.abc import Callable

CHART, FRED, ALFRED = "/v8/finance/chart/", "/graph/fredgraph.csv", "/graph/alfredgraph.csv"
NEW_YORK = "America/New_York"
OPEN = pd.Timedelta(hours=9, minutes=30)


@dataclass
class Fault:
    """How to answer one request wrongly.

    Attributes:
        status: HTTP status.
        body: What is sent instead of an answer.
        kind: Its content type.
        drop: Close the connection instead.
        cut: Send only the first half of a right answer, and close the connection.
        seconds: Wait so long before anything.
    """

    status: int = 200
    body: str = ""
    kind: str = "application/json"
    drop: bool = False
    cut: bool = False
    seconds: float = 0.0


TOO_MANY = Fault(429, "Too Many Requests\r\n", "text/plain")
SERVER_ERROR = Fault(500, json.dumps({"chart": {"result": None, "error": {"code": "500", "description": "Oops"}}}))
UNAVAILABLE = Fault(503, "<html><body>Service Unavailable</body></html>", "text/html")
GARBAGE = Fault(body='{"chart":{"result":[{"meta":{"curr')
WRONG_SHAPE = Fault(body='{"chart":{"result":[{"meta":{}}],"error":null}}')
WEB_PAGE = Fault(body="<!doctype html><html><body>Will return soon</body></html>", kind="text/html")
DROPPED, CUT = Fault(drop=True), Fault(cut=True)


@dataclass
class Listing:
    """What Yahoo has of a symbol.

    Attributes:
        bars: Date, Open, High, Low, Close, Adj Close, Volume, and if any Dividends, Stock Splits, Capital Gains.
        kind: ETF, EQUITY or INDEX.
    """

    bars: pd.DataFrame
    kind: str = "ETF"


@dataclass
class MarketServer:
    """Yahoo and FRED on loopback.

    Attributes:
        yahoo: Symbol to what Yahoo has of it.
        fred: Series to its values now, by date.
        alfred: Series to a function from a day to the values that stood there on it.
        requests: Paths that were asked for, with their queries.
        faults: Path to the faults that its next requests meet, in their order.
        load: Finds what is not in `yahoo` or `fred` yet.
        clock_ahead: Seconds that its clock is ahead of this machine's.
    """

    yahoo: dict[str, Listing] = field(default_factory=dict)
    fred: dict[str, pd.Series[float]] = field(default_factory=dict)
    alfred: dict[str, Callable[[pd.Timestamp], pd.Series[float]]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    load: Callable[[str, str], Any] = lambda _kind, _name: None
    clock_ahead: float = 0.0

    def __post_init__(self) -> None:
        """Make a certificate and begin to serve."""
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("yahoo.com", "*.yahoo.com", "*.finance.yahoo.com", "*.stlouisfed.org").configure_cert(
            context
        )
        self._scratch = tempfile.TemporaryDirectory(prefix="capshift-server-")
        self.certificate = Path(self._scratch.name) / "ca.pem"
        authority.cert_pem.write_to_path(str(self.certificate))
        handler = type("Handler", (_Handler,), {"market": self, "context": context})
        self._http = _Quiet(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()
        self._scratch.cleanup()

    def reset(self) -> None:
        """Forget everything but the address."""
        for held in (self.yahoo, self.fred, self.alfred, self.requests, self.faults):
            held.clear()
        self.load = lambda _kind, _name: None
        self.clock_ahead = 0.0

    def environment(self) -> dict[str, str]:
        """Return the variables that lead a client here."""
        address, certificate = f"http://127.0.0.1:{self._http.server_address[1]}", str(self.certificate)
        proxies = {"HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "", "no_proxy": ""}
        caches = {"XDG_CACHE_HOME": str(Path(self._scratch.name) / "cache")}
        return proxies | caches | {"REQUESTS_CA_BUNDLE": certificate, "CURL_CA_BUNDLE": certificate}

    def misbehave(self, path: str, *faults: Fault) -> None:
        """Let the next requests below a path meet these faults, one each."""
        self.faults.setdefault(path, []).extend(faults)

    def asked(self, path: str) -> list[dict[str, str]]:
        """Return the queries of the requests below a path, with what the path itself names as `name`."""
        return [query | {"name": one.removeprefix(path)} for one, query in self.requests if one.startswith(path)]

    def serve_files(self, folder: Path) -> None:
        """Serve bars/ and macro/ of a folder; dividends are those that Adj Close implies."""

        def load(kind: str, name: str) -> Any:
            file = folder / ("bars" if kind == "yahoo" else "macro") / f"{name}.csv"
            if not file.is_file():
                return None
            if kind == "yahoo":
                return Listing(
                    with_dividends(pd.read_csv(file, parse_dates=["Date"])), "INDEX" if "^" in name else "ETF"
                )
            return pd.read_csv(file, index_col=0, parse_dates=True, na_values=".").iloc[:, 0].rename(name)

        self.load = load

    def listing(self, symbol: str) -> Listing | None:
        """Return what Yahoo has of a symbol."""
        found = self.yahoo.get(symbol) or self.load("yahoo", symbol)
        if found is not None:
            self.yahoo[symbol] = found
        return found

    def series(self, name: str) -> pd.Series[float] | None:
        """Return a series as it is now."""
        if name not in self.fred and (found := self.load("fred", name)) is not None:
            self.fred[name] = found
        return self.fred.get(name)


def with_dividends(bars: pd.DataFrame) -> pd.DataFrame:
    """Return bars with the dividends that their adjusted closes imply, row by row."""
    if "Dividends" in bars:
        return bars
    factor = (bars["Adj Close"] / bars["Close"]).tolist()
    close, paid = bars["Close"].tolist(), [0.0]
    for before, after, price in zip(factor, factor[1:], close, strict=False):
        paid.append(price * (1 - before / after) if before / after < 1 - 1e-5 else 0.0)
    return bars.assign(Dividends=paid)


def chart(symbol: str, listing: Listing, first: float, last: float) -> dict[str, Any]:
    """Return Yahoo's answer for the span from `first` to `last`, in seconds."""
    stamps = seconds(listing.bars["Date"])
    wanted = (stamps >= first) & (stamps < last)
    bars, stamps_in = listing.bars[wanted], stamps[wanted].tolist()
    columns = {name: _nulls(bars[name.title()]) for name in ("open", "high", "low", "close", "volume")}
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "instrumentType": listing.kind,
        "firstTradeDate": int(stamps[0]),
        "exchangeTimezoneName": NEW_YORK,
        "priceHint": 2,
        "dataGranularity": "1d",
        "validRanges": ["1d", "5d", "1mo", "max"],
    }
    result: dict[str, Any] = {"meta": meta, "indicators": {"quote": [columns]}}
    if stamps_in:
        result["timestamp"] = stamps_in
        result["indicators"]["adjclose"] = [{"adjclose": _nulls(bars["Adj Close"])}]
    else:
        result["indicators"]["quote"] = [{}]
    events = {name: found for name, found in _events(bars, stamps_in).items() if found}
    return {"chart": {"result": [result | ({"events": events} if events else {})], "error": None}}


def seconds(dates: pd.Series[Any]) -> np.ndarray:
    """Return the moments of the opens in New York, in seconds."""
    opens = pd.DatetimeIndex(dates).tz_localize(NEW_YORK) + OPEN
    return np.asarray(opens.as_unit("s").asi8)


def _events(bars: pd.DataFrame, stamps: list[int]) -> dict[str, dict[str, Any]]:
    def paid(column: str) -> list[tuple[int, float]]:
        values = bars[column].tolist() if column in bars else []
        return [(stamp, value) for stamp, value in zip(stamps, values, strict=False) if value]

    def amounts(column: str) -> dict[str, Any]:
        return {str(stamp): {"amount": value, "date": stamp} for stamp, value in paid(column)}

    splits = {
        str(stamp): {"date": stamp, "numerator": ratio, "denominator": 1.0, "splitRatio": f"{ratio:g}:1"}
        for stamp, ratio in paid("Stock Splits")
    }
    return {"dividends": amounts("Dividends"), "capitalGains": amounts("Capital Gains"), "splits": splits}


def _nulls(column: pd.Series[float]) -> list[float | None]:
    return [None if np.isnan(value) else value for value in column.astype(float).tolist()]


class _Quiet(ThreadingHTTPServer):
    """A server whose clients may go away without a word on the terminal."""

    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients are killed on purpose."""


class _Handler(BaseHTTPRequestHandler):
    """One connection: first to the proxy, then inside it to a host."""

    protocol_version = "HTTP/1.1"
    market: MarketServer
    context: ssl.SSLContext

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_CONNECT(self) -> None:
        """Become the host that is asked for."""
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")  # type: ignore[assignment]
        self.close_connection = False

    def do_GET(self) -> None:
        """Answer one request, or do wrong by it."""
        split = urlsplit(self.path)
        path, query = unquote(split.path), {name: values[-1] for name, values in parse_qs(split.query).items()}
        self.market.requests.append((path, query))
        for below, faults in self.market.faults.items():
            if path.startswith(below) and faults:
                fault = faults.pop(0)
                time.sleep(fault.seconds)
                if fault.drop:
                    return self._hang_up()
                if not fault.cut and not fault.seconds:
                    return self._send(fault.status, fault.kind, fault.body.encode())
                if fault.cut:
                    return self._send(*self._answer(path, query), cut=True)
        return self._send(*self._answer(path, query))

    def do_POST(self) -> None:
        """Answer forms with a page."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._send(200, "text/html", b"<html></html>")

    def _answer(self, path: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        if path.startswith(CHART):
            return self._chart(path.removeprefix(CHART), query)
        if path.startswith("/graph/"):
            return self._csv(query, vintages=path == ALFRED)
        if path == "/v1/test/getcrumb":
            return 200, "text/plain", b"a.crumb"
        return 200, "text/html", b"<html></html>"

    def _chart(self, symbol: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        listing = self.market.listing(symbol)
        kind = "application/json"
        if listing is None:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return 404, kind, json.dumps({"chart": {"result": None, "error": error}}).encode()
        first, last = float(query.get("period1", 0)), float(query.get("period2", time.time()))
        if not ((stamps := seconds(listing.bars["Date"])) >= first).any():
            text = f"Data doesn't exist for startDate = {first:.0f}, endDate = {last:.0f}"
            error = {"code": "Bad Request", "description": text}
            return 400, kind, json.dumps({"chart": {"result": None, "error": error}}).encode()
        return 200, kind, json.dumps(chart(symbol, listing, first, max(last, stamps[-1] + 1))).encode()

    def _csv(self, query: dict[str, str], *, vintages: bool) -> tuple[int, str, bytes]:
        names = query.get("id", "").split(",")
        values = self.market.series(names[0])
        if values is None:
            return 404, "text/html", b"<html>Not found</html>"
        if not vintages:
            return 200, "application/csv", values.to_csv(header=[names[0]], index_label="observation_date").encode()
        days = [pd.Timestamp(one) for one in query["vintage_date"].split(",")]
        stood = self.market.alfred.get(names[0])
        if stood is None:
            return 404, "text/html", b"<html>Not found</html>"
        table = pd.DataFrame({f"{names[0]}_{one:%Y%m%d}": stood(one) for one in days})
        return 200, "application/csv", table.to_csv(index_label="observation_date").encode()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return what time it is here."""
        return super().date_time_string(time.time() + self.market.clock_ahead if timestamp is None else timestamp)

    def _send(self, status: int, kind: str, body: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "A3=cookie; Domain=.yahoo.com; Path=/; Max-Age=86400")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        """Close what is open, whether or not the client is still there."""
        with suppress(OSError, ValueError):
            super().finish()
        self.connection.close()


def main() -> None:
    """Serve a folder until stopped."""
    parser = argparse.ArgumentParser(description="Serve files as Yahoo and FRED do, on loopback.")
    parser.add_argument("--data", type=Path, required=True, help="folder with bars/ and macro/")
    server = MarketServer()
    server.serve_files(parser.parse_args().data)
    for name, value in server.environment().items():
        print(f"export {name}={value}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
