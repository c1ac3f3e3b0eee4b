"""Yields of Treasury bills: from a discount to what money earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The series of what bills yield, in percent, bond-equivalent.
BILL_YIELD = "DGS3MO"
#: Days to maturity of the 13-week bill that ^IRX quotes.
BILL_DAYS = 91


def bond_equivalent(discount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bond-equivalent yield of a 13-week bill quoted on a bank-discount basis.

    The discount d is a part of the face value, by a year of 360 days; the yield is earned on the price, by one of
    365: y = 365 d / (360 - 91 d).

    Args:
        discount: Percent, any shape.

    Returns:
        Percent; as DGS3MO is quoted.

    Source:
        U.S. Treasury, 31 CFR part 356, appendix B: bills of not more than a half-year to maturity.

    >>> bond_equivalent(np.array([0.0, 5.0])).round(4).tolist()
    [0.0, 5.1343]
    """
    part = np.asarray(discount, dtype=np.float64) / 100
    return np.asarray(100 * 365 * part / (360 - BILL_DAYS * part))
