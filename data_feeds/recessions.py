"""Recessions of the United States, as dated long after: for pictures, never for rules.

Source: National Bureau of Economic Research, "US Business Cycle Expansions and Contractions": peaks and troughs.
"""

from __future__ import annotations

import pandas as pd

#: Month of the peak, and of the trough.
_PEAKS_AND_TROUGHS = (
    ("1990-07", "1991-03"),
    ("2001-03", "2001-11"),
    ("2007-12", "2009-06"),
    ("2020-02", "2020-04"),
)


def recessions(first: pd.Timestamp, last: pd.Timestamp) -> list[tuple[str, str]]:
    """Return first and last day of each recession within a span: from the month after the peak to the trough's end.

    >>> recessions(pd.Timestamp("2008-06-02"), pd.Timestamp("2020-12-31"))
    [('2008-06-02', '2009-06-30'), ('2020-03-01', '2020-04-30')]
    """
    found = []
    for peak, trough in _PEAKS_AND_TROUGHS:
        begun = max((pd.Period(peak, "M") + 1).start_time.normalize(), first)
        ended = min(pd.Period(trough, "M").end_time.normalize(), last)
        if begun <= ended:
            found.append((str(begun.date()), str(ended.date())))
    return found
