"""``python -m zerosum``: the command where its script isn't on the path."""

from zerosum.cli import main

main(prog_name="zerosum")
