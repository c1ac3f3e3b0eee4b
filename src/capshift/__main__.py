"""Run the command line as `python -m capshift`."""

from capshift.cli import main

main()
