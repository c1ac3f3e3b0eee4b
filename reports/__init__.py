"""What a person reads: tearsheets and comparison pages. Knows results.

| module | what it holds |
|---|---|
| saving | `save_result`, `save_comparison`, `save_events` and so on: results and pages onto the disk |
| tearsheet | the page of one rule |
| comparison_page, interval_chart, stress_tables | the page of several, and its parts |
| spreads_section, rented_section | what both show of call spreads |
| events_page | the page of an event study |
| sweep_page, selection_chart, walk_forward_page | the pages of a sweep and of a walk-forward |
| story_page | the page of a story: sections of text, tables and links, told from results |
| quantstats_charts | QuantStats' charts, in a process of their own |
| worker | that process |
| pages, templates/ | the template family |
"""

from capshift.reports.saving import (
    save_comparison,
    save_events,
    save_result,
    save_story,
    save_sweep,
    save_walk_forward,
)
from capshift.reports.story_page import Link, Section, Story, Table, figures_table

__all__ = [
    "Link",
    "Section",
    "Story",
    "Table",
    "figures_table",
    "save_comparison",
    "save_events",
    "save_result",
    "save_story",
    "save_sweep",
    "save_walk_forward",
]
