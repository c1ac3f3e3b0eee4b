"""What a person reads: tearsheets, pages of comparisons and all else. Knows results.

| module | what it holds |
|---|---|
| saving | `save_result`, `save_comparison`, `save_events` and so on: results and pages onto the disk |
| runs | which files in a folder of results are whose, and how older runs are kept |
| index_page | the list of them |
| loading, rebuilding | saved runs read again, and their pages drawn anew |
| tearsheet | the page of one rule: figures and charts |
| rule_page | the page of one rule: every decision, on the price and the signal |
| repeat | the command that runs a result again |
| comparison_page, interval_chart, stress_tables | the page of several rules, and its parts |
| spreads_section, rented_section | what tearsheets and comparisons show of call spreads |
| events_page | the page of an event study |
| sweep_page, selection_chart, walk_forward_page | the pages of a sweep and of a walk-forward |
| today_page | the page of what rules hold today |
| story_page | the page of a story: sections of text, tables and links, told from results |
| quantstats_charts | QuantStats' charts, in a process of their own |
| drawing, worker | those processes |
| pages, templates/ | the template family |
"""

from capshift.reports.pages import Link
from capshift.reports.rebuilding import rebuild
from capshift.reports.saving import (
    save_comparison,
    save_events,
    save_result,
    save_story,
    save_sweep,
    save_today,
    save_walk_forward,
)
from capshift.reports.story_page import Section, Story, Table, figures_table

__all__ = [
    "Link",
    "Section",
    "Story",
    "Table",
    "figures_table",
    "rebuild",
    "save_comparison",
    "save_events",
    "save_result",
    "save_story",
    "save_sweep",
    "save_today",
    "save_walk_forward",
]
