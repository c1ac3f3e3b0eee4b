"""The stranger's own feeds: which years to look at."""

SPAN = {"start": "2012-01-03", "end": "2016-12-30"}
