"""The stranger's own backtests: the account they are made with."""

import capshift as cs

ACCOUNT = cs.Account(cash=50_000.0)
