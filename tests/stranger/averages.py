"""A helper beside the stranger's rules."""

DAYS = 50
