"""``python -m deltarule``: the command line."""

from deltarule.cli import main

main()
