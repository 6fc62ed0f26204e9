"""`python -m plantroom` is `plantroom`."""

from plantroom.cli.main import main

main()
