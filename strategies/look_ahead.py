"""The prefix law: what a rule decides must not change when the future is taken away from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capshift.data_feeds.validation import day
from capshift.errors import LookAheadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from capshift.data_feeds import Market
    from capshift.strategies.base import Rotation


def check_prefix_law(rule: type[Rotation], market: Market, parameters: Mapping[str, Any], cuts: Iterable[int]) -> None:
    """Raise when a rule decides otherwise on a prefix of the market than on the whole of it.

    Args:
        rule: An array rule; one with the per-bar hook sees only the past by construction.
        market: The whole.
        parameters: The rule's, all of them.
        cuts: Positions of the last session of each prefix.

    Raises:
        LookAheadError: Naming the first session that differs, and the prefix.
    """
    whole = rule.decided(market, parameters)
    for cut in cuts:
        prefix = rule.decided(market.until(cut), parameters)
        for leg in {**whole.weights, **prefix.weights}:
            zeros = np.zeros(cut + 1)
            before = prefix.weights.get(leg, zeros)
            after = whole.weights[leg][: cut + 1] if leg in whole.weights else zeros
            differs = np.flatnonzero((before != after) | (prefix.rebalance != whole.rebalance[: cut + 1]))
            if len(differs):
                at = day(market.sessions[differs[0]])
                msg = (
                    f"{rule.rule_name()} saw the future: its decision of {at} changes when the bars after "
                    f"{day(market.sessions[cut])} are taken away; use nothing later than each close"
                )
                raise LookAheadError(msg)
