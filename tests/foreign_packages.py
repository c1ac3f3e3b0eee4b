"""Packages as pip would have installed them, for tests: a module, and what its metadata registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: A rule in the array style, one with the per-bar hook, a plain strategy, and one that peeks.
RULES = '''
import backtrader as bt
import numpy as np

import capshift as cs


class Rising(cs.Rotation):
    """Small caps after a session in which they rose."""

    params = (("sessions", 1),)
    limits = {"sessions": cs.Between(1, 250)}

    @staticmethod
    def hold(market, sessions):
        close = market.small.close
        return cs.switch(np.append(np.zeros(sessions, dtype=bool), close[sessions:] > close[:-sessions]))


class Stopped(cs.Rotation):
    """Small caps, bar by bar."""

    def decide(self):
        return cs.Target((1.0, 0.0))


class Bought(bt.Strategy):
    """Buys once."""

    params = (("share", 0.5),)

    def next(self):
        if not self.position:
            self.order_target_percent(target=self.p.share)


class Tomorrow(cs.Rotation):
    """Small caps before they rise."""

    @staticmethod
    def hold(market):
        close = market.small.close
        return cs.switch(np.append(close[1:] > close[:-1], False))


no_rule = "a text"
'''


def install(site: Path, package: str, rules: str, *, source: str = RULES, version: str = "1.2") -> Path:
    """Put a package into a folder of packages.

    Args:
        site: To be put on the path.
        package: Its name, with hyphens; its module has underscores.
        rules: The lines of its entry points, in which `$` stands for the module.
        source: Of the module.
        version: Of the package.
    """
    module = package.replace("-", "_")
    site.mkdir(exist_ok=True)
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    about = site / f"{module}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n", encoding="utf-8")
    entries = "[capshift.rules]\n" + rules.replace("$", module) + "\n"
    (about / "entry_points.txt").write_text(entries, encoding="utf-8")
    return site
