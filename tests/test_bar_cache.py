"""Yahoo's bars, by the real yfinance from a server on loopback: what is asked, what is kept, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from listings import adjusted, changed, corrected, listing, moment, split, without
from market_server import (
    CHART,
    CUT,
    DROPPED,
    GARBAGE,
    SERVER_ERROR,
    TOO_MANY,
    UNAVAILABLE,
    WEB_PAGE,
    WRONG_SHAPE,
    Fault,
)

from capshift.data_feeds import retries, yahoo
from capshift.data_feeds.bar_cache import BarCache, Fetched
from capshift.data_feeds.store import BARS, Store
from capshift.data_feeds.yahoo import LAYOUT
from capshift.errors import DataUnavailableError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from market_server import Listing, MarketServer

#: A Friday evening; the exchange was closed on Thursday the 19th.
NOW = moment("2025-06-20 20:00")
MONDAY = moment("2025-06-23 20:00")
#: Each request that Yahoo answers with an error yfinance sends once more by itself.
ALWAYS = 2 * retries.ATTEMPTS


def fetched(folder: Path, now: pd.Timestamp = NOW, symbol: str = "IWM", **options: Any) -> Fetched:
    """Return what is stored after asking for a symbol at a moment."""
    return BarCache(Store(folder), now, **options).fetched(symbol)


def anew(folder: Path, now: pd.Timestamp) -> pd.DataFrame:
    """Return what an empty cache would hold."""
    return fetched(folder / "empty", now).entry.frame


def asked_from(server: MarketServer) -> list[pd.Timestamp]:
    """Return the first moment that each request for bars asked for."""
    return [pd.Timestamp(float(query["period1"]), unit="s") for query in server.asked(CHART)]


def test_what_yahoo_gives_is_what_is_stored(server: MarketServer, tmp_path: Path) -> None:
    """Prices, adjusted closes, volumes, dividends and splits come through yfinance and the file to the last bit."""
    server.yahoo["IWM"] = served = split(listing(), "2025-06-10", 2.0)
    for frame in (fetched(tmp_path).entry.frame, fetched(tmp_path, offline=True).entry.frame):
        assert list(frame.columns) == list(LAYOUT)
        for name in (*LAYOUT[:7], "Dividends", "Stock Splits"):
            assert frame[name].tolist() == served.bars[name].tolist(), name


def test_a_second_run_sends_no_request(server: MarketServer, tmp_path: Path) -> None:
    """What is stored up to the last close is not asked for again until the next one."""
    server.yahoo["IWM"] = listing()
    fetched(tmp_path)
    sent = len(server.requests)
    for later in (NOW, moment("2025-06-22 12:00"), moment("2025-06-23 16:15")):
        assert fetched(tmp_path, later).done == "up to date"
    assert len(server.requests) == sent


def test_only_missing_sessions_are_asked_for(server: MarketServer, tmp_path: Path) -> None:
    """An update asks for ten stored sessions and what came after them, and ends as an empty cache would."""
    server.yahoo["IWM"] = listing(until="2025-06-12")
    fetched(tmp_path, moment("2025-06-12 20:00"))
    server.yahoo["IWM"] = listing(until="2025-06-13")
    got = fetched(tmp_path, moment("2025-06-13 20:00"))
    assert got.done == "1 session(s) added"
    assert asked_from(server)[-1].date().isoformat() == "2025-05-30"
    pd.testing.assert_frame_equal(got.entry.frame, anew(tmp_path, moment("2025-06-13 20:00")))


#: What may happen between Friday and Monday, and whether the past has changed by it.
BETWEEN: dict[str, tuple[Listing, bool]] = {
    "a dividend": (adjusted(changed(listing(until="2025-06-23"), "2025-06-23", Dividends=1.5)), True),
    "a 2:1 split": (split(listing(until="2025-06-23"), "2025-06-23", 2.0), True),
    "a correction": (corrected(listing(until="2025-06-23"), "2025-06-17"), True),
    "a corrected volume": (changed(listing(until="2025-06-23"), "2025-06-20", Volume=123.0), False),
    "nothing": (listing(until="2025-06-23"), False),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_whatever_happened_in_between_an_update_ends_as_an_empty_cache_would(
    what: str, server: MarketServer, tmp_path: Path
) -> None:
    """After a dividend, a split or a correction all is fetched anew; else the new session is added."""
    server.yahoo["IWM"] = listing()
    fetched(tmp_path)
    server.yahoo["IWM"], past_changed = BETWEEN[what]
    got = fetched(tmp_path, MONDAY)
    assert got.done == ("fetched anew" if past_changed else "1 session(s) added")
    assert len(server.asked(CHART)) == 2 + past_changed
    pd.testing.assert_frame_equal(got.entry.frame, anew(tmp_path, MONDAY))


def test_a_correction_further_back_is_met_within_a_week_or_at_once_on_demand(
    server: MarketServer, tmp_path: Path
) -> None:
    """Beyond the overlap a correction is seen when all is fetched again: after seven days, or with refresh."""
    server.yahoo["IWM"] = listing()
    for folder in ("week", "demand"):
        fetched(tmp_path / folder)
    server.yahoo["IWM"] = corrected(listing(until="2025-06-30"), "2024-03-05")
    assert fetched(tmp_path / "week", MONDAY).done == "1 session(s) added"
    assert fetched(tmp_path / "week", moment("2025-06-30 20:00")).done == "fetched anew"
    assert fetched(tmp_path / "demand", MONDAY, refresh=True).done == "fetched"
    expected = anew(tmp_path, moment("2025-06-30 20:00"))
    pd.testing.assert_frame_equal(fetched(tmp_path / "week", offline=True).entry.frame, expected)
    pd.testing.assert_frame_equal(fetched(tmp_path / "demand", offline=True).entry.frame, expected.iloc[:-5])


def test_a_missing_session_is_named_and_asked_for_until_it_is_there(server: MarketServer, tmp_path: Path) -> None:
    """A hole inside is refused by name each time, other sessions are kept, and the hole is filled when Yahoo has it."""
    server.yahoo["IWM"] = without(listing(), "2025-03-04", "2025-06-11")
    for _ in range(2):
        with pytest.raises(DataUnavailableError, match=r"IWM: 2 NYSE session\(s\) missing.*2025-03-04, 2025-06-11"):
            fetched(tmp_path)
    got = BarCache(Store(tmp_path), NOW).fetched("IWM", allow_gaps=True)
    assert len(got.entry.frame) == len(listing().bars) - 2
    server.yahoo["IWM"] = listing()
    assert fetched(tmp_path).done == "2 session(s) added"
    pd.testing.assert_frame_equal(fetched(tmp_path).entry.frame, anew(tmp_path, NOW))


def test_a_bar_without_prices_is_none(server: MarketServer, tmp_path: Path) -> None:
    """An empty last bar is left out and told; an empty one inside is a missing session."""
    empty = dict.fromkeys(("Open", "High", "Low", "Close", "Adj_Close"), np.nan)
    server.yahoo["IWM"] = changed(listing(), "2025-06-20", **empty)
    got = fetched(tmp_path)
    assert got.entry.days[-1] == pd.Timestamp("2025-06-18")
    assert got.notes == ["IWM: Yahoo's bars end 2025-06-18; it has none yet of 2025-06-20"]
    server.yahoo["IWM"] = changed(listing(), "2025-06-17", Close=np.nan)
    with pytest.raises(DataUnavailableError, match="missing or empty in what Yahoo gives: 2025-06-17"):
        fetched(tmp_path / "inside")


@pytest.mark.parametrize("clock", ["09:45", "15:59", "16:29"])
def test_an_unfinished_session_is_left_out(clock: str, server: MarketServer, tmp_path: Path) -> None:
    """Until half an hour after the close the day's bar is not believed, and afterwards it is as it became."""
    server.yahoo["IWM"] = changed(listing(), "2025-06-20", Close=1.0, Low=1.0)
    assert fetched(tmp_path, moment(f"2025-06-20 {clock}")).entry.days[-1] == pd.Timestamp("2025-06-18")
    server.yahoo["IWM"] = listing()
    pd.testing.assert_frame_equal(fetched(tmp_path).entry.frame, anew(tmp_path, NOW))


def test_a_dividend_declared_for_tomorrow_is_no_bar(server: MarketServer, tmp_path: Path) -> None:
    """An event after the last bar, which yfinance makes a row of, is not stored before its day."""
    tomorrow = listing(until="2025-06-23")
    server.yahoo["IWM"] = changed(
        tomorrow, "2025-06-23", Open=np.nan, High=np.nan, Low=np.nan, Close=np.nan, Adj_Close=np.nan, Dividends=1.5
    )
    assert fetched(tmp_path).entry.days[-1] == pd.Timestamp("2025-06-20")


PASSING: dict[str, list[Fault]] = {
    "429 three times": [TOO_MANY] * 3,
    "500": [SERVER_ERROR] * 2,
    "503 with a page": [UNAVAILABLE] * 2,
    "dropped connection": [DROPPED],
    "answer cut short": [CUT],
    "garbage JSON": [GARBAGE],
    "JSON of another shape": [WRONG_SHAPE],
    "HTML": [WEB_PAGE],
}


@pytest.mark.parametrize("what", PASSING)
def test_a_passing_fault_costs_only_another_request(what: str, server: MarketServer, tmp_path: Path) -> None:
    """After a fault Yahoo is really asked again, and the bars are the right ones."""
    server.yahoo["IWM"] = listing()
    server.misbehave(CHART, *PASSING[what])
    got = fetched(tmp_path)
    assert len(server.asked(CHART)) == len(PASSING[what]) + 1
    pd.testing.assert_frame_equal(got.entry.frame, anew(tmp_path, NOW))


LASTING: dict[str, tuple[Fault, str]] = {
    "429": (TOO_MANY, "IWM: Yahoo limits how often it is asked; try again in an hour"),
    "500": (SERVER_ERROR, "IWM: Yahoo answered without bars .*Oops.*; try again later"),
    "503 with a page": (UNAVAILABLE, "IWM: Yahoo answered with something that is no bars"),
    "dropped connection": (DROPPED, "IWM: Yahoo cannot be reached; check the network"),
    "answer cut short": (CUT, "IWM: Yahoo cannot be reached; check the network"),
    "garbage JSON": (GARBAGE, "IWM: Yahoo answered with something that is no bars"),
    "JSON of another shape": (WRONG_SHAPE, "IWM: Yahoo answered with something that is no bars"),
    "HTML": (WEB_PAGE, "IWM: Yahoo answered with something that is no bars"),
}


@pytest.mark.parametrize("what", LASTING)
def test_a_lasting_fault_is_one_line_and_leaves_the_cache_alone(
    what: str, server: MarketServer, tmp_path: Path
) -> None:
    """When Yahoo keeps failing, the error says how and what to do, and the stored file is what it was."""
    server.yahoo["IWM"] = listing()
    fetched(tmp_path)
    path = Store(tmp_path).path(BARS, "IWM")
    before = path.read_bytes()
    fault, said = LASTING[what]
    server.misbehave(CHART, *[fault] * ALWAYS)
    with pytest.raises(DataUnavailableError, match=said) as failed:
        fetched(tmp_path, MONDAY)
    assert "\n" not in str(failed.value)
    assert len(str(failed.value)) < 250
    assert path.read_bytes() == before
    assert fetched(tmp_path, MONDAY, offline=True).entry.days[-1] == pd.Timestamp("2025-06-20")


def test_a_server_that_is_too_slow_is_given_up(
    server: MarketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that does not come in time is asked for again, and told as such when it never comes."""
    server.yahoo["IWM"] = listing()
    monkeypatch.setattr(yahoo, "TIMEOUT", 0.4)
    monkeypatch.setattr(retries, "ATTEMPTS", 2)
    server.misbehave(CHART, Fault(seconds=1.0))
    assert fetched(tmp_path / "once").done == "fetched"
    server.misbehave(CHART, *[Fault(seconds=1.0)] * 4)  # on a busy machine an old request may take one
    with pytest.raises(DataUnavailableError, match=r"did not answer within 0\.4 seconds"):
        fetched(tmp_path / "twice")


def test_a_network_that_is_down_is_told(server: MarketServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nobody listens, the error says that Yahoo cannot be reached."""
    assert server.requests == []
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(DataUnavailableError, match="IWM: Yahoo cannot be reached; check the network"):
        fetched(tmp_path)


def test_only_the_first_symbol_is_waited_for(server: MarketServer, tmp_path: Path) -> None:
    """When Yahoo has been silent through all attempts, the next symbol is asked for once, and may yet be had."""
    server.yahoo["SPY"] = listing("SPY")
    server.misbehave(CHART, *[WEB_PAGE] * (retries.ATTEMPTS + 1))
    cache = BarCache(Store(tmp_path), NOW)
    for symbol, sent in (("IWM", retries.ATTEMPTS), ("QQQ", retries.ATTEMPTS + 1)):
        with pytest.raises(DataUnavailableError, match=f"{symbol}: Yahoo answered with something"):
            cache.fetched(symbol)
        assert len(server.asked(CHART)) == sent
    assert cache.fetched("SPY").done == "fetched"


def test_an_unknown_symbol_is_not_asked_for_twice(server: MarketServer, tmp_path: Path) -> None:
    """That Yahoo knows no such symbol is told at once: asking again would not help."""
    with pytest.raises(DataUnavailableError, match="XYZZY: Yahoo knows no such symbol; check how it is spelled"):
        fetched(tmp_path, symbol="XYZZY")
    assert len(server.asked(CHART)) <= 2
    assert not Store(tmp_path).path(BARS, "XYZZY").exists()


def test_no_bars_in_a_span_is_told_apart_from_no_symbol(server: MarketServer, tmp_path: Path) -> None:
    """A symbol that has stopped trading is told as such, and what is stored of it stays."""
    server.yahoo["IWM"] = listing()
    fetched(tmp_path)
    server.yahoo["IWM"] = listing(until="2025-01-31")
    with pytest.raises(DataUnavailableError, match="IWM: Yahoo has no bars of it since 2025-06-0[0-9]"):
        fetched(tmp_path, MONDAY)
    assert len(fetched(tmp_path, offline=True).entry.frame) == len(listing().bars)


def test_sessions_that_were_there_are_never_lost(server: MarketServer, tmp_path: Path) -> None:
    """An answer that lacks stored sessions is refused with their names, unless it is believed on demand."""
    server.yahoo["IWM"] = listing()
    fetched(tmp_path)
    server.yahoo["IWM"] = without(listing(until="2025-06-23"), "2025-06-18")
    with pytest.raises(DataUnavailableError, match=r"lacks 1 session\(s\) that it gave before: 2025-06-18.*--offline"):
        fetched(tmp_path, MONDAY)
    assert len(fetched(tmp_path, offline=True).entry.frame) == len(listing().bars)
    with pytest.raises(DataUnavailableError, match="missing or empty"):
        fetched(tmp_path, MONDAY, refresh=True)
    assert pd.Timestamp("2025-06-18") not in fetched(tmp_path, offline=True).entry.days


def test_bars_that_no_session_can_have_had_are_never_stored(server: MarketServer, tmp_path: Path) -> None:
    """What would be refused from a file is refused from Yahoo, before it is written."""
    server.yahoo["IWM"] = changed(listing(), "2025-06-17", High=1.0)
    with pytest.raises(DataUnavailableError, match=r"IWM: Yahoo's bars are refused: .*2025-06-17.*high 1 is below low"):
        fetched(tmp_path)
    assert not Store(tmp_path).path(BARS, "IWM").exists()


def test_a_history_that_begins_late_is_told(server: MarketServer, tmp_path: Path) -> None:
    """When the bars begin long after the first trade that Yahoo itself names, a note says so."""
    empty = dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), np.nan)
    of = listing()
    of.bars.loc[of.bars["Date"] < "2024-03-01", list(empty)] = np.nan
    server.yahoo["IWM"] = of
    assert fetched(tmp_path).notes == ["IWM: Yahoo's bars begin 2024-03-01, though it has traded since 2024-01-02"]


def test_a_span_that_ends_in_the_past_needs_nothing_newer(server: MarketServer, tmp_path: Path) -> None:
    """With a last date that is stored nothing is asked for, however old the download is; weekends count back."""
    server.yahoo["IWM"] = listing()
    fetched(tmp_path)
    sent = len(server.requests)
    for until in ("2025-06-22", "1914-11-30", "1900-01-02"):
        fetched(tmp_path, moment("2026-06-23 20:00"), until=pd.Timestamp(until))
    assert len(server.requests) == sent


def gains(dividend: float, gain: float, counted: float) -> Listing:
    """Return a fund that names a dividend and a capital gain, and whose adjusted closes count so much."""
    of = changed(listing(), "2025-06-17", Dividends=counted)
    of = adjusted(of)
    of.bars["Capital Gains"] = 0.0
    return changed(of, "2025-06-17", Dividends=dividend, Capital_Gains=gain)


@pytest.mark.parametrize(("dividend", "gain", "counted"), [(0.5, 2.0, 2.5), (2.5, 2.0, 2.5), (0.0, 2.0, 2.0)])
def test_capital_gains_are_paid_once(
    dividend: float, gain: float, counted: float, server: MarketServer, tmp_path: Path
) -> None:
    """Yahoo names a gain beside the dividend or within it too; the adjusted close tells which, and it is paid once."""
    server.yahoo["IWM"] = gains(dividend, gain, counted)
    bars, _ = BarCache(Store(tmp_path), NOW).bars("IWM")
    assert bars.dividend[bars.sessions == pd.Timestamp("2025-06-17")] == pytest.approx([counted])


def test_capital_gains_that_contradict_the_adjusted_close_are_refused(server: MarketServer, tmp_path: Path) -> None:
    """When neither the dividend nor its sum with the gain is what the adjusted close counts, nothing is guessed."""
    server.yahoo["IWM"] = gains(1.0, 2.0, 5.0)
    with pytest.raises(DataUnavailableError, match="2025-06-17.*but 5 by Adj Close"):
        fetched(tmp_path)


def test_damaged_files_are_fetched_again(server: MarketServer, tmp_path: Path) -> None:
    """A stored file with bytes flipped, cut off or taken from another symbol is noticed, told, and replaced."""
    server.yahoo["IWM"], server.yahoo["SPY"] = listing(), listing("SPY")
    good, other = fetched(tmp_path).entry.frame, fetched(tmp_path, symbol="SPY")
    path = Store(tmp_path).path(BARS, "IWM")
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 3] ^= 0xFF
    foreign = Store(tmp_path).path(BARS, "SPY").read_bytes()
    assert other.done == "fetched"
    for damage in (bytes(flipped), content[: len(content) // 2], b"", foreign):
        path.write_bytes(damage)
        with pytest.raises(DataUnavailableError, match="IWM: .*is damaged.*fetch it again without --offline"):
            fetched(tmp_path, offline=True)
        got = fetched(tmp_path)
        assert [note.partition(" (")[0] for note in got.notes] == ["IWM: what was stored was damaged"]
        pd.testing.assert_frame_equal(got.entry.frame, good)


def test_nothing_stored_is_told_offline(server: MarketServer, tmp_path: Path) -> None:
    """Offline, a symbol that was never fetched ends in one line that says how to fetch it."""
    with pytest.raises(DataUnavailableError, match=r"IWM: nothing is stored .*capshift fetch IWM"):
        fetched(tmp_path, offline=True)
    assert server.requests == []
