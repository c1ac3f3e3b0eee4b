"""The article of 27 August 2025 replayed: what it said of small caps, what was so, and what its rules did afterwards.

On real bars (`--data DIR` with bars of IWM, SPY, QQQ, ^RUT and ^GSPC, and of IJR if there are any) every claim gets its
statistic, its definition and a verdict. Without them the sample market stands in: verdicts are then about a simulation.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

import capshift as cs
from capshift.backtests.forward_returns import from_next_open
from capshift.data_feeds import FilesSource
from capshift.errors import DataUnavailableError
from capshift.strategies.signals import month_returns, record_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capshift.backtests import Comparison
    from capshift.data_feeds import Bars, Market

#: The last close that the article knew; what came later is out of sample.
DATE = pd.Timestamp("2025-08-27")
TRUE, FALSE, DEPENDS, UNTESTABLE = "true", "false", "depends on the definition", "not testable with these bars"
YEAR, WITHIN, LEVEL, FALL = 252, 20, 230, -0.05
CAREFUL = {"confirm": 3, "buffer": 0.01, "fail_within": 20}
#: When the S&P 500 set its first record in two years, and what had followed such records before was told everywhere.
TOLD = pd.Timestamp("2024-01-19")
#: The S&P 500's earlier ones, from its published closes, since most files begin later: day of the record before, of the
#: record, its close, and the close 252 sessions later.
OLDER_RECORDS = (
    ("1929-09-16", "1954-09-22", 32.00, 45.39),
    ("1956-08-03", "1958-09-24", 49.78, 56.78),
    ("1959-08-03", "1961-01-27", 61.24, 68.17),
    ("1961-12-12", "1963-09-03", 72.66, 82.31),
    ("1966-02-09", "1967-05-04", 94.32, 98.90),
    ("1968-11-29", "1972-03-06", 108.77, 114.23),
    ("1973-01-11", "1980-07-17", 121.44, 130.76),
)
ARTICLE = (
    "hold-small",
    "mix",
    "rate-cut",
    "priced-cuts",
    "fedwatch",
    "breakout",
    "price-level",
    "record-high",
    "relative-strength",
    "monthly-thrust",
    "leadership",
    "jackson-hole",
    "soft-landing",
)
RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    *((rule, {}) for rule in ARTICLE),
    ("rate-cut", {"trigger": "first"}),
    ("rate-cut", {"trigger": "restart"}),
    *(("breakout", {name: value}) for name, value in CAREFUL.items()),
    ("breakout", CAREFUL),
    ("leadership", {"flight": 1}),
    ("hold-small", {"filters": "leaders"}),
    ("hold-small", {"filters": "leaders", "otherwise": "cash"}),
)


@dataclass(frozen=True)
class Data:
    """Where bars come from: a folder, or, for None, the sample market, which is SIMULATED."""

    folder: str | None

    def market(self, small: str = "IWM", large: str = "SPY", **options: Any) -> Market:
        """Return the market of two symbols."""
        return cs.load_market(small, large, source="files" if self.folder else "sample", path=self.folder, **options)

    def bars(self, symbol: str) -> Bars:
        """Return all bars of one symbol, however early they begin."""
        return (FilesSource(self.folder) if self.folder else cs.SampleSource()).bars(symbol)

    @property
    def warning(self) -> str:
        """What a reader must know before any verdict."""
        return "" if self.folder else "SIMULATED: the verdicts are about a simulation, not about the article. "

    @property
    def indices(self) -> tuple[str, str]:
        """The Russell 2000 and the S&P 500, for which the sample market has only their funds."""
        return ("^RUT", "^GSPC") if self.folder else ("IWM", "SPY")


class Claim(NamedTuple):
    """What was said and by whom, how it is measured, what it was on `DATE` and became, and the verdict on it.

    `figures` are numbers for machines, in percent unless their names say otherwise.
    """

    claim: str
    by: str
    definition: str
    value: str
    afterwards: str
    verdict: str
    figures: Mapping[str, Any]


def judged(*readings: bool) -> str:
    """Return the verdict on a claim that is so in these readings, and not so in those."""
    return TRUE if all(readings) else DEPENDS if any(readings) else FALSE


def percent(fraction: float, digits: int | None = 2) -> float | None:
    """Return a fraction as a rounded percentage, None where there is none."""
    return None if math.isnan(fraction) else round(100 * float(fraction), digits)


def shown(fraction: float, digits: int = 2) -> str:
    """Return a fraction as a percentage for readers."""
    return f"{100 * fraction:+.{digits}f} %"


def iso(session: Any) -> str:
    """Return a date as text."""
    return f"{session:%Y-%m-%d}"


def closes(bars: Bars) -> pd.Series:
    """Return closes by session."""
    return pd.Series(bars.close, index=bars.sessions)


def records(close: pd.Series) -> pd.Series:
    """Return whether each close is at or above every earlier one."""
    return close == close.cummax()


def august(index: Market) -> Claim:
    """Measure the month so far."""
    close = closes(index.small)
    before = close[close.index < DATE.replace(day=1)]
    value, month = (last / before.iloc[-1] - 1 for last in (close[DATE], close[f"{DATE:%Y-%m}"].iloc[-1]))
    definition, verdict = f"close / close {iso(before.index[-1])} - 1", judged(shown(value, 1) == "+7.3 %")
    figures = {"symbol": index.small.symbol, "value": percent(value), "definition": definition}
    afterwards = f"the whole month: {shown(month)}"
    said = "Russell 2000 up 7.3 % in August"
    return Claim(said, "the article", definition, shown(value), afterwards, verdict, figures)


def below_record(index: Market) -> Claim:
    """Measure the distance to the record close."""
    close = closes(index.small)
    record, on, value = close[:DATE].max(), iso(close[:DATE].idxmax()), close[DATE] / close[:DATE].max() - 1
    regained = close[DATE:][close[DATE:] >= record]
    figures = {"record": round(float(record), 2), "record_date": on, "value": percent(value)}
    return Claim(
        "about 3 % below the record of 2021-11-08",
        "the article",
        "close / highest close so far - 1",
        f"{shown(value)} from {record:,.2f} on {on}",
        f"at or above it again on {iso(regained.index[0])}" if len(regained) else "never reached again",
        judged(round(100 * value) == -3 and on == "2021-11-08"),  # noqa: PLR2004 - what was said
        {"symbol": index.small.symbol, **figures},
    )


def stretch(index: Market) -> Claim:
    """Count sessions and days since the record, beside those of earlier stretches without one."""
    close = closes(index.small)
    days, found = close.index, np.flatnonzero(records(close)).tolist()
    today, friday = (days.get_loc(pd.Timestamp(on)) for on in (DATE, "2025-08-29"))
    last = max(record for record in found if record <= today)
    past = [(start, end) for start, end in pairwise(found) if end <= today]
    earlier = {
        f"{iso(days[start])}..{iso(days[end])}": end - start
        for start, end in reversed(past)
        if end - start >= max(today - last, YEAR)
    }
    # The bubble's own stretch began in 2000.
    rivals = [(end - start, (days[end] - days[start]).days) for start, end in past if days[start].year > DATE.year - 25]
    rival, rival_days = (max(lengths) for lengths in zip(*rivals, strict=True))
    since, since_days = today - last, (DATE - days[last]).days
    ended = next((iso(days[record]) for record in found if record > today), None)
    on_friday = friday - max(record for record in found if record <= friday)
    return Claim(
        "longest stretch without a record since the dot-com bubble",
        "the article",
        "sessions, and calendar days, since the last close at or above every earlier one",
        f"{since:,} sessions, {rival:,} in the longest begun after 2000; {since_days:,} days, and {rival_days:,}",
        f"{on_friday:,} sessions on 2025-08-29; ended {ended or 'not yet'}",
        judged(since > rival, since_days > rival_days),
        {"symbol": index.small.symbol, "sessions_since_record": since, "on_2025_08_29": on_friday, "earlier": earlier}
        | {"ended": ended},
    )


def records_of_the_year(index: Market) -> Claim:
    """Count the year's record closes of large caps."""
    counts = records(closes(index.large))[f"{DATE:%Y}"].cumsum()
    at = counts.index.get_loc(DATE)
    around = {iso(session): int(count) for session, count in counts.iloc[at - 1 : at + 2].items()}
    return Claim(
        "19 S&P 500 records in 2025",
        "the article",
        "closes of the year at or above every earlier one",
        "; ".join(f"{count} by {session}" for session, count in around.items()),
        f"{counts.iloc[-1]} in the whole year",
        judged(counts[DATE] == 19),  # noqa: PLR2004 - what was said
        {"symbol": index.large.symbol, "record_closes": around},
    )


def leads(index: Market, until: pd.Timestamp) -> dict[str, pd.Series]:
    """Return by how much small caps led in each month, the last one up to `until`, by two measures."""
    small, large = (closes(bars)[:until] for bars in (index.small, index.large))
    small, large = (one.groupby(one.index.to_period("M")).last().pct_change() for one in (small, large))
    return {"ratio": (1 + small) / (1 + large) - 1, "difference": small - large}


def best_month(index: Market) -> Claim:
    """Measure the month's lead so far against the best month's since July 2024."""
    month, figures, said, whole = DATE.to_period("M"), {}, [], leads(index, DATE + pd.offsets.MonthEnd())
    for way, lead in leads(index, DATE).items():
        rival = lead["2024-08":"2025-07"].idxmax()
        known = {f"{month} to date": percent(lead[month]), str(rival): percent(lead[rival])}
        figures[way] = {**known, "verdict": bool(lead[month] > lead[rival])}
        said.append(f"{way} {100 * lead[month]:+.2f}, and {100 * lead[rival]:+.2f} in {rival}")
    return Claim(
        "best month relative to the S&P 500 since July 2024",
        "the article",
        "of closes at month ends, percent: ratio (1 + small) / (1 + large) - 1; difference small - large",
        "; ".join(said),
        "the whole month: " + ", ".join(f"{way} {100 * lead[month]:+.2f}" for way, lead in whole.items()),
        judged(*(known["verdict"] for known in figures.values())),
        figures,
    )


def above_level(etf: Market) -> Claim:
    """Count crossings of the level, and those that failed."""
    close = closes(etf.small)
    crossed = cs.events("level", etf, level=LEVEL, within=WITHIN, horizons=[21]).rows["2021":DATE]
    failed, last, until = int((crossed["below_after"] <= WITHIN).sum()), None, None
    if len(crossed):
        last, after = iso(crossed.index[-1]), crossed["below_after"].iloc[-1]
        until = None if math.isnan(after) else iso(close.index[close.index.get_loc(crossed.index[-1]) + int(after)])
    figures = {"up_crosses_2021_to_2025_08": len(crossed), "failed_within_20_sessions": failed, "tenth": last}
    return Claim(
        "IWM above $230",
        "Matt Maley, Miller Tabak: a crucial level",
        f"close above; a crossing that fails is followed by a close below within {WITHIN} sessions",
        f"above: {close[DATE]:.2f}; crucial: of {len(crossed)} crossings since 2021, {failed} failed",
        f"the last crossing, of {last}, held until {until or 'now'}" if last else "never crossed",
        judged(close[DATE] > LEVEL, failed < len(crossed) / 2),
        {"symbol": etf.small.symbol, **figures, "held_until": until},
    )


def giants_fall(etf: Market) -> Claim:
    """Tell what small caps did in months in which the giants fell."""
    known = etf.until(DATE)
    legs = (known.leaders, known.small, known.large)
    giants, small, large = (month_returns(leg.total_return, known.month_end, known.sessions) for leg in legs)
    bad = giants < FALL
    mean, ahead = small[bad].mean(), (small > large)[bad].mean()
    figures = {"months_with_QQQ_below_-5": int(bad.sum()), "IWM_mean": percent(mean, 1)}
    return Claim(
        "if the giants fall, money goes to cash, not to small caps",
        "Matt Maley, Miller Tabak",
        "months in which QQQ lost more than 5 %, dividends reinvested: IWM's mean, and how often it beat SPY",
        f"{bad.sum()} months: {shown(mean, 1)}, ahead in {100 * ahead:.0f} %; where the money went, bars do not show",
        "see the question on rotation and flight",
        DEPENDS if mean < 0 and ahead < 1 / 2 else FALSE,
        {**figures, "IWM_beats_SPY_percent_of_months": percent(ahead, None)},
    )


def powell(etf: Market) -> Claim:
    """Measure the day of the speech."""
    small, large = (closes(bars).pct_change()["2025-08-22"] for bars in (etf.small, etf.large))
    return Claim(
        "Powell, 2025-08-22",
        "Powell at Jackson Hole, that cuts may come in September",
        "close / close of the session before - 1: did small caps gain more?",
        f"IWM {shown(small)}, SPY {shown(large)}",
        "one day is one case; the rule jackson-hole tests them all",
        judged(small > large),
        {etf.small.symbol: percent(small), etf.large.symbol: percent(large)},
    )


def failures(market: Market, of: str) -> dict[str, float | None]:
    """Return in percent how many breakouts of 20, 55, 100 and 252 sessions soon closed back below their level."""
    found = {
        str(entry): cs.events("breakout", market, entry=entry, closes=of, within=WITHIN, horizons=[21]).false_breakouts
        for entry in (20, 55, 100, 252)
    }
    return {entry: percent(one["share"], None) for entry, one in found.items() if one and one["events"]}


def breakouts_fool(etf: Market, swapped: Market) -> Claim:
    """Tell how often breakouts closed back below their level, SPY's as well."""
    figures = failures(etf.until(DATE), "total-return")
    listed = ["/".join(map(str, one.values())) for one in (
        figures, failures(etf.until(DATE), "price"), failures(swapped.until(DATE), "total-return"))]  # fmt: skip
    return Claim(
        "breakouts fool",
        "Amy Wu Silverman, RBC",
        "first close in 20 sessions above the highest of the 20/55/100/252 before, dividends reinvested: percent that "
        f"closed back below it within {WITHIN} sessions",
        f"IWM {listed[0]}, of prices alone {listed[1]}; SPY {listed[2]}",
        "see the question on confirmation",
        judged(*((share or 0) > 50 for share in figures.values())),  # noqa: PLR2004 - more often than not
        {"IWM_fresh_breakouts_closing_back_below_within_20_sessions_percent": figures},
    )


def late_records(bars: Bars) -> pd.Series:
    """Return what followed each record that came a year or more after the last one, close to close, NaN if not over.

    Records of the S&P 500 from before its bars come from `OLDER_RECORDS`.
    """
    close, late = closes(bars), ~np.isnan(record_after(bars.close, YEAR))
    found = (close.shift(-YEAR) / close - 1)[late]
    older = {
        pd.Timestamp(on): later / then - 1
        for before, on, then, later in OLDER_RECORDS
        if bars.symbol == "^GSPC" and pd.Timestamp(before) < bars.sessions[0]
    }
    return pd.concat([pd.Series(older, dtype=float), found]).sort_index()


def told(cases: pd.Series) -> str:
    """Return how often, and by how much, prices were higher."""
    if cases.empty:
        return "none"
    higher, centre = int((cases > 0).sum()), f"mean {shown(cases.mean(), 1)}, median {shown(cases.median(), 1)}"
    return f"higher in {higher} of {len(cases)}, {centre}"


def after_droughts(small: Bars, large: Bars) -> Claim:
    """Tell what followed a record that came a year or more after the last one, and what followed any date."""
    of_large, over = late_records(large)[:DATE].dropna(), (closes(large).shift(-YEAR) / closes(large) - 1)[:DATE]
    known = of_large[: TOLD - pd.DateOffset(years=1)]
    from_open = pd.Series(from_next_open(small, YEAR), index=small.sessions)[:DATE]
    of_small = from_open[late_records(small)[:DATE].index].dropna()
    said = [
        f"{large.symbol} until {iso(TOLD)}: {told(known)}; by now {told(of_large)}; any date {told(over.dropna())}",
        f"{small.symbol} since {small.sessions[0].year}: {told(of_small)}; any date {told(from_open.dropna())}",
    ]
    better = [of_large.mean() > over.mean(), of_large.median() > over.median()]
    better += [of_small.mean() > from_open.mean(), of_small.median() > from_open.median()]
    centre = {"mean": percent(known.mean()), "median": percent(known.median())}
    figures = {
        large.symbol: {"cases": len(known), "higher_after_252": int((known > 0).sum()), **centre},
        small.symbol: {
            "full_cases": len(of_small),
            "mean": percent(of_small.mean(), 1),
            "median": percent(of_small.median(), 1),
        },
    }
    return Claim(
        "records after a year or more without",
        "said of records: the first one confirms the turn",
        f"close at or above every earlier one, {YEAR} or more sessions after the last such; large caps to the close "
        f"{YEAR} sessions later, as it was told when the record of {iso(TOLD)} came; small caps from the next open",
        ". ".join(said),
        "the rule record-high tests it",
        judged(*better),
        figures,
    )


def cuts(index: Market) -> Claim:
    """Measure what small caps gained on large ones after cuts."""
    figures = {}
    for kind in ("first-cut", "restart"):
        study = cs.events(kind, index.until(DATE), horizons=[126, YEAR]).figures.xs("difference", level="measure")
        for horizon, one in study.loc["close"].query("events > 0").iterrows():
            figures[f"{kind}, {horizon} sessions"] = {"points": percent(one["mean"], 1), "events": int(one["events"])}
    small, large = (closes(bars)["2025-09-17":] for bars in (index.small, index.large))
    since = small.iloc[-1] / small.iloc[0] - large.iloc[-1] / large.iloc[0]
    return Claim(
        "small caps gain most from cuts",
        "Bank of America strategists",
        "mean return of small less large caps from the close that knows a first cut after hikes, or a restart",
        "; ".join(f"{name}: {one['points']:+.1f} points ({one['events']} events)" for name, one in figures.items())
        + "; so few are no evidence",
        f"from the restart of 2025-09-17 to {iso(small.index[-1])}: {100 * since:+.1f} points",
        judged(*(one["points"] > 0 for one in figures.values())),
        figures,
    )


#: Claims of which daily bars say nothing: what was said, by whom, and what it would take.
BEYOND_BARS = (
    ("futures price two cuts from September on", "rates traders", "federal funds futures of that day"),
    ("cuts lift the margins of those who borrow at floating rates", "Bank of America strategists", "balance sheets"),
    ("large caps are dear, most small ones are not", "the article", "earnings"),
    ("positioning in small caps is very bearish", "Daniel Kirsch, Piper Sandler", "positions"),
    ("rent the move with call spreads", "Silverman, RBC; Jacobson, Susquehanna; Piper Sandler", "prices of options"),
)


def all_claims(data: Data) -> tuple[list[Claim], list[Claim]]:
    """Return the claims that have a statistic of the day, and all others."""
    etf, index = data.market(leaders="QQQ"), data.market(*data.indices)
    for market in (etf, index):
        if DATE not in market.sessions[:-1]:
            msg = f"{market} does not go beyond {iso(DATE)}, the day of the article; fetch more"
            raise DataUnavailableError(msg)
    of_index = [claim(index) for claim in (august, below_record, stretch, records_of_the_year, best_month)]
    of_etf = [claim(etf) for claim in (above_level, giants_fall, powell)]
    fooled = breakouts_fool(etf, data.market(etf.large.symbol, etf.small.symbol))
    droughts = after_droughts(*(data.bars(symbol) for symbol in data.indices))
    beyond = [Claim(said, by, f"needs {needs}", "", "", UNTESTABLE, {}) for said, by, needs in BEYOND_BARS]
    return [*of_index, *of_etf, fooled, droughts], [cuts(index), *beyond]


class Doubt(NamedTuple):
    """A question, who said what, and the rules that answer: two that differ in just that, and others beside."""

    question: str
    said: str
    by: str
    rules: str
    base: str
    variant: str
    beside: tuple[str, ...]


BREAKOUTS = tuple(f"breakout,{name}={value}" for name, value in CAREFUL.items())
DOUBTS = (
    Doubt(
        "Cuts alone, or cuts in a sound economy?",
        "it takes a sound economy for small caps to gain from cuts",
        "Lori Calvasina, RBC",
        "soft-landing is rate-cut while the Sahm rule, as known, shows no recession.",
        "rate-cut",
        "soft-landing",
        ("hold-small",),
    ),
    Doubt(
        "Breakouts, with or without confirmation?",
        "waiting for confirmation pays",
        "the usual remedy (Amy Wu Silverman, RBC, whom they fooled too often, names call spreads)",
        "A breakout can wait for three closes, ask for 1 % above the level, end when it falls back below it within 20 "
        "sessions, or all of it.",
        "breakout",
        "breakout," + ",".join(f"{name}={value}" for name, value in CAREFUL.items()),
        ("hold-small", *BREAKOUTS),
    ),
    Doubt(
        "Rotation, or flight?",
        "if the giants collapse, cash is the place, not small caps",
        "Matt Maley, Miller Tabak",
        "leadership goes to cash in a flight, with flight=1 it never does; the filter leaders lets small caps be held "
        "only while QQQ holds up.",
        "leadership,flight=1.0",
        "leadership",
        ("hold-small", "hold-small,filters=leaders", "hold-small,filters=leaders,otherwise=cash"),
    ),
    Doubt(
        "Any small caps, or sound ones?",
        "look for quality and fundamentals",
        "Bank of America strategists",
        "IJR's index, the S&P 600, asks for profits; IWM's does not. Compared over the sessions that both files have.",
        "hold-small",
        "hold-small on IJR",
        ("rate-cut", "rate-cut on IJR"),
    ),
)


class Periods(NamedTuple):
    """The same rules before the article's date, and from it on."""

    before: Comparison
    since: Comparison


def all_rules(data: Data) -> tuple[Periods, list[str]]:
    """Compare the article's rules, and say which the data do not allow."""
    before, since = data.market(leaders="QQQ", end=DATE), data.market(leaders="QQQ", start=DATE)
    rules, left_out = [], []
    for rule, parameters in RULES:
        try:
            cs.run(rule, since, **parameters)  # on the short market it is soon told what is missing
            rules.append((rule, parameters))
        except cs.CapshiftError as reason:
            left_out.append(
                f"Left out: {rule}{''.join(f',{name}={one}' for name, one in parameters.items())}: {reason}."
            )
    return Periods(cs.compare(rules, before), cs.compare(rules, since)), left_out


def both_small(data: Data) -> Periods:
    """Compare IWM with IJR over the sessions that both have."""
    spans = [data.bars(symbol).sessions for symbol in ("IWM", "IJR")]
    first, last = max(span[0] for span in spans), min(span[-1] for span in spans)

    def compared(start: pd.Timestamp, end: pd.Timestamp) -> Comparison:
        iwm, ijr = (data.market(symbol, start=start, end=end) for symbol in ("IWM", "IJR"))
        plans = [cs.Plan(rule=rule, market=ijr, name=f"{rule} on IJR") for rule in ("hold-small", "rate-cut")]
        return cs.compare(["hold-small", "rate-cut", *plans], iwm)

    return Periods(compared(first, DATE), compared(DATE, last))


def gain(doubt: Doubt, comparison: Comparison) -> float:
    """Return what the doubted difference was worth in one period, in points of CAGR."""
    base, variant = (comparison.results[name].metrics["cagr"] for name in (doubt.base, doubt.variant))
    return 100 * (variant - base)


def answer(doubt: Doubt, comparison: Comparison) -> str:
    """Say in one sentence what the doubted difference was worth in one period."""
    market, gap = comparison.provenance["market"], gain(doubt, comparison)
    worth = f"{'gained' if gap > 0 else 'lost'} {abs(gap):.2f} points a year against" if gap else "did the same as"
    switches = [len(comparison.results[name].decisions) - 1 for name in (doubt.variant, doubt.base)]
    counted = f" on {switches[0]} switches against {switches[1]}" if any(switches) else ""
    return (
        f"{market['first_session']} to {market['last_session']}: {doubt.variant} {worth} {doubt.base}{counted}; a "
        "point estimate on one history is not evidence."
    )


def answers(data: Data) -> tuple[dict[Doubt, Periods], Periods, list[str]]:
    """Return each doubt that the data can answer with its comparisons, those of all rules, and what is left out."""
    rules, left_out = all_rules(data)
    found = {doubt: rules for doubt in DOUBTS[:-1] if {doubt.base, doubt.variant} <= rules.before.results.keys()}
    try:
        found[DOUBTS[-1]] = both_small(data)
    except cs.CapshiftError as reason:
        left_out.append(f"Left out: {DOUBTS[-1].question} {reason}.")
    return found, rules, left_out


def as_claim(doubt: Doubt, periods: Periods) -> Claim:
    """Return a doubt as a claim: that the difference gained something, in both periods."""
    found = [answer(doubt, one).partition(": ")[2].partition(";")[0] for one in periods]
    said = (f"{when}: {one}" for when, one in zip(("before", "since"), found, strict=True))
    definition = f"CAGR and deepest fall of {doubt.variant} against {doubt.base}, before and since: is each better?"
    better = [gain(doubt, one) > 0 for one in periods] + [is_shallower(doubt, one) for one in periods]
    return Claim(doubt.said, doubt.by, definition, *said, judged(*better), {})


def is_shallower(doubt: Doubt, comparison: Comparison) -> bool:
    """Return whether the doubted difference made the deepest fall of one period less deep."""
    base, variant = (comparison.results[name].metrics["max_drawdown"] for name in (doubt.base, doubt.variant))
    return bool(variant > base)


METRICS = ("cagr", "excess_cagr", "sharpe", "max_drawdown", "exposure_small", "exposure_cash", "trades")


def doubt_section(doubt: Doubt, periods: Periods, folders: tuple[str, str]) -> cs.Section:
    """Return a doubt, its answers, and the figures they come from."""
    rules = ["hold-large", doubt.base, doubt.variant, *doubt.beside]
    tables = [
        cs.figures_table(one, rules=[rule for rule in rules if rule in one.results], metrics=METRICS, folder=folder)
        for one, folder in zip(periods, folders, strict=True)
    ]
    said = [
        f"{doubt.by[0].upper()}{doubt.by[1:]}: {doubt.said}. {doubt.rules}",
        *(answer(doubt, one) for one in periods),
    ]
    return cs.Section(heading=doubt.question, text=said, tables=tables)


def rules_section(periods: Periods, left_out: list[str]) -> cs.Section:
    """Return every rule before the article and since."""
    before, since = (one.table["excess_cagr"].drop("hold-large") for one in periods)
    ahead = [set(one.index[one > 0]) for one in (before, since)]
    best, market = before.idxmax(), periods.since.provenance["market"]
    beaten = (
        f"Of {len(before)} rules, {len(ahead[0])} grew faster than hold-large before {iso(DATE)}, {len(ahead[1])} "
        f"since, {len(ahead[0] & ahead[1])} both times. The best before, {best}, led by {100 * before[best]:.2f} "
        f"points a year, and {'led' if since[best] > 0 else 'lagged'} by {100 * abs(since[best]):.2f} since."
    )
    doubtful = (
        f"Since means {market['first_session']} to {market['last_session']}, {market['sessions']} sessions: too few "
        "for rules that switch a few times in ten years. All are point estimates on one history, and of so many "
        "rules the best looks good by luck alone."
    )
    cautions = [f"{one.name}: {one.provenance['warning']}" for both in periods for one in both]
    said = [beaten, doubtful, *left_out, *dict.fromkeys(line for line in cautions if not line.endswith(": "))]
    tables = [
        cs.figures_table(one, metrics=METRICS, folder=folder)
        for one, folder in zip(periods, ("in_sample", "out_of_sample"), strict=True)
    ]
    links = [cs.Link(f"{name}: charts and all figures", f"{folder}/comparison.html") for name, folder in
             (("Before", "in_sample"), ("Since", "out_of_sample"))]  # fmt: skip
    return cs.Section(heading="Every rule of the article, before it and since", text=said, tables=tables, links=links)


def claims_section(claims: list[Claim]) -> cs.Section:
    """Return what was said, and what was so."""
    verdicts = [claim.verdict for claim in claims]
    counts = "; ".join(f"{verdict}: {verdicts.count(verdict)}" for verdict in (TRUE, FALSE, DEPENDS, UNTESTABLE))
    columns = ["What was said", "Verdict", f"On {iso(DATE)}", "Afterwards", "By", "Definition"]
    rows = [(one.claim, one.verdict, one.value, one.afterwards, one.by, one.definition) for one in claims]
    said = f"{len(claims)} claims. {counts[0].upper()}{counts[1:]}. Each verdict is on the statistic as defined."
    table = cs.Table(columns=columns, rows=rows, prose=columns)
    return cs.Section(heading="What was said, and what was so", text=[said], tables=[table])


def as_json(
    data: Data, claims: list[Claim], others: list[Claim], doubts: dict[Doubt, Periods], left_out: list[str]
) -> str:
    """Return everything as text for machines: first the claims of the day, just their figures."""
    verdicts = [{field: one for field, one in claim._asdict().items() if field != "figures"} for claim in claims]
    everything = {
        "note": f"{data.warning}Statistics of the article. At the close of {iso(DATE)}, and percent, unless said.",
        "claims": [{"claim": claim.claim, **claim.figures} for claim in claims],
        "verdicts": [*verdicts, *(claim._asdict() for claim in others)],
        "doubts": [
            {"question": doubt.question, "answers": [answer(doubt, one) for one in periods]}
            for doubt, periods in doubts.items()
        ],
        "left_out": left_out,
    }
    return json.dumps(everything, indent=1, ensure_ascii=False, allow_nan=False)


def story(
    data: Data, claims: list[Claim], doubts: dict[Doubt, Periods], rules: Periods, left_out: list[str]
) -> cs.Story:
    """Return the page."""
    folders = {id(rules): ("in_sample", "out_of_sample")}
    answered = [doubt_section(doubt, one, folders.get(id(one), ("", ""))) for doubt, one in doubts.items()]
    compared = {id(one): one for periods in (rules, *doubts.values()) for one in periods}
    return cs.Story(
        title="Small caps in August 2025: the article replayed",
        lead=f"{data.warning}Written on the close of {iso(DATE)}: what was so that day, what came of it, and what "
        "its rules brought before and since.",
        sections=[claims_section(claims), *answered, rules_section(rules, left_out)],
        sources=[*compared.values(), cs.events("restart", data.market(*data.indices))],
    )


def replay(data: Data, out: Path, *, to_json: bool) -> None:
    """Write the pages and say where they are, or print everything as JSON."""
    claims, others = all_claims(data)
    doubts, rules, left_out = answers(data)
    others = [*(as_claim(doubt, periods) for doubt, periods in doubts.items()), *others]
    if to_json:
        print(as_json(data, claims, others, doubts, left_out))
        return
    page = story(data, [*claims, *others], doubts, rules, left_out)
    cs.save_comparison(rules.before, out / "in_sample")
    cs.save_comparison(rules.since, out / "out_of_sample")
    print(f"{data.warning}{page.sections[0].text[0]}")
    for doubt, periods in doubts.items():
        print(f"\n{doubt.question}", *(answer(doubt, one) for one in periods), sep="\n  ")
    print("", *left_out, f"page: {cs.save_story(page, out)}", sep="\n")


def main() -> None:
    """Replay the article."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", help="folder with bars/IWM.csv and so on; without it, the sample market")
    options.add_argument("--out", default="out/small_caps_2025", help="folder for the pages")
    options.add_argument("--json", action="store_true", help="print claims, verdicts and answers as JSON, draw nothing")
    given = options.parse_args()
    try:
        replay(Data(given.data), Path(given.out), to_json=given.json)
    except cs.CapshiftError as reason:
        print(f"small_caps_2025: {reason}", file=sys.stderr)
        sys.exit(reason.exit_code)


if __name__ == "__main__":
    main()
