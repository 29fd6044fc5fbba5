"""``python -m zerosum``: the command where its script isn't on the path."""

from zerosum.cli import main

if __name__ == "__main__":
    main(prog_name="zerosum")
