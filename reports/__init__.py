"""What a person reads: tearsheets and comparison pages. Knows results.

| module | what it holds |
|---|---|
| saving | `save_result`, `save_comparison`, `save_events`: results and pages onto the disk |
| tearsheet | the page of one rule |
| comparison_page | the page of several |
| events_page | the page of an event study |
| quantstats_charts | QuantStats' charts, in a process of their own |
| worker | that process |
| pages, templates/ | the template family |
"""

from capshift.reports.saving import save_comparison, save_events, save_result

__all__ = ["save_comparison", "save_events", "save_result"]
