"""The commands; `capshift.cli` gathers them.

| module | what it holds |
|---|---|
| rules | the list of rules |
| run | one rule, beside hold-large |
| compare | rules side by side |
| sweep, walk_forward | many variants of a rule, and choices on the past alone |
| events | what followed events |
| today | what rules hold as of the last bar |
| check | whether a rule sees the future |
| report | pages drawn anew |
| fetch | downloads, and what is stored |
| new_rule | a rule to begin with |
| doctor | what is installed, reachable and wrong |
| asking | rules and their file, as they were asked for |

Nothing heavy is imported before a command needs it: that is why their imports stand in functions.
"""
