"""The commands, one module each; `capshift.cli` gathers them.

- `rules`, `run`, `compare`, `sweep`, `walk_forward`, `events`, `today`, `check`, `report`, `fetch`,
  `new_rule`, `doctor`
- `asking`: rules and their file, as they were asked for

Nothing heavy is imported before a command needs it: that is why their imports stand in functions.
"""
