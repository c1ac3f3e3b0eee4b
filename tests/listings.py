"""What Yahoo would have of the sample market's symbols on a day, and what may happen to it until the next."""

from __future__ import annotations

import pandas as pd
from market_server import NEW_YORK, Listing

from capshift.data_feeds import SampleSource


def moment(text: str) -> pd.Timestamp:
    """Return a moment in New York."""
    return pd.Timestamp(text, tz=NEW_YORK)


def listing(symbol: str = "IWM", until: str = "2025-06-20", since: str = "2024-01-02") -> Listing:
    """Return a symbol's bars up to a day; adjusted closes know the dividends paid until then, as Yahoo's do."""
    frame = SampleSource().bars(symbol).frame().loc[since:until]
    bars = pd.DataFrame({name.title(): frame[name] for name in ("open", "high", "low", "close", "volume")})
    bars["Dividends"] = frame["dividend"].where(frame.index > frame.index[0], 0.0)
    bars["Stock Splits"] = 0.0
    return adjusted(Listing(bars.rename_axis("Date").reset_index()))


def adjusted(of: Listing) -> Listing:
    """Return a listing with its adjusted closes computed anew, one session after the other from the last."""
    close, paid = of.bars["Close"].tolist(), of.bars["Dividends"].tolist()
    factors = [1.0]
    for before, dividend in zip(close[-2::-1], paid[:0:-1], strict=True):
        factors.append(factors[-1] * (1 - dividend / before))
    return Listing(of.bars.assign(**{"Adj Close": of.bars["Close"] * factors[::-1]}), of.kind)


def split(of: Listing, day: str, ratio: float) -> Listing:
    """Return a listing after a split: all earlier prices, dividends and volumes are told in new shares."""
    bars = of.bars.copy()
    before = bars["Date"] < pd.Timestamp(day)
    bars.loc[bars["Date"] == pd.Timestamp(day), "Stock Splits"] = ratio
    for name in ("Open", "High", "Low", "Close", "Adj Close", "Dividends"):
        bars[name] = bars[name].where(~before, bars[name] / ratio)
    bars["Volume"] = bars["Volume"].where(~before, bars["Volume"] * ratio)
    after = ["Open", "High", "Low", "Close", "Adj Close", "Dividends"]
    bars.loc[~before, after] /= ratio  # the market itself now trades at the new price
    return Listing(bars, of.kind)


def changed(of: Listing, day: str, **values: float | None) -> Listing:
    """Return a listing with other values on a day; underscores stand for spaces."""
    bars = of.bars.copy()
    for name, value in values.items():
        bars.loc[bars["Date"] == pd.Timestamp(day), name.replace("_", " ")] = value
    return Listing(bars, of.kind)


def without(of: Listing, *days: str) -> Listing:
    """Return a listing that lacks some sessions."""
    return Listing(of.bars[~of.bars["Date"].isin([pd.Timestamp(day) for day in days])].reset_index(drop=True), of.kind)


def corrected(of: Listing, day: str) -> Listing:
    """Return a listing with another open on a day: the day's low."""
    return changed(of, day, Open=float(of.bars.loc[of.bars["Date"] == pd.Timestamp(day), "Low"].iloc[0]))
