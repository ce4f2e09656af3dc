"""`python -m sparrow` is the command `sparrow`."""

from sparrow.cli import main

main()
