"""The stranger's own feeds: which years to look at."""

START, END = "2012-01-03", "2016-12-30"
