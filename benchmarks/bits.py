"""Flip single bits in files that commands go on from, and count which go unnoticed: ``make bits``.

A comparison, a sweep, a game and a search are made once. Then one bit after the other is flipped, evenly over every
kind of file they leave, and ``zerosum results verify`` must name the file. It says, too, what the check costs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from benchmarks.kills import COMMANDS, OUT, put
from zerosum.cli import main as zerosum
from zerosum.runs.store import read_kept


def read_back(command: str, out: Path) -> list[Path]:
    """Return the files that a command, or ``zerosum results``, reads back."""
    if command == "compare":
        return sorted(path for path in out.rglob("*") if path.is_file())
    return sorted(path for name in ("*.json", "parts/*.arrow") for path in out.glob(name))


def kind_of(command: str, path: Path) -> str:
    """Name a kind of file."""
    if path.parent.name == "parts":
        return f"{command}: part"
    return f"{command}: {path.name}"


def drawn(size: int, count: int, chance: np.random.Generator) -> Iterator[int]:
    """Yield bits, evenly over a file."""
    for i in range(count):
        yield int((i + chance.random()) * 8 * size / count)


def verified(out: Path) -> tuple[int, str]:
    """Run ``zerosum results verify``, without simulating anything again."""
    done = CliRunner().invoke(zerosum, ["results", "verify", str(out), "--rerun", "0"])
    if isinstance(done.exception, Exception) and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def flip_all(
    command: str, out: Path, count: int, chance: np.random.Generator
) -> dict[str, tuple[int, list[str]]]:
    """Flip so many bits of what a command has left; return kind -> (flipped, where it went unnoticed)."""
    found: dict[str, tuple[int, list[str]]] = {}
    files: dict[str, list[Path]] = {}
    for path in read_back(command, out):
        files.setdefault(kind_of(command, path), []).append(path)
    for kind, paths in files.items():
        each = -(-count // len(files))
        unnoticed: list[str] = []
        for n, share in enumerate(np.array_split(np.arange(each), min(len(paths), each))):
            path = paths[n * len(paths) // min(len(paths), each)]
            whole = path.read_bytes()
            for bit in drawn(len(whole), len(share), chance):
                flipped = bytearray(whole)
                flipped[bit // 8] ^= 1 << bit % 8
                path.write_bytes(bytes(flipped))
                code, said = verified(out)
                if code != 1 or path.name not in said:
                    unnoticed.append(f"{path.name}, bit {bit}: {said.strip()}")
            path.write_bytes(whole)
        found[kind] = (each, unnoticed)
    if verified(out)[0]:
        raise RuntimeError(f"{out} is not as it was: {verified(out)[1]}")
    return found


def cost(out: Path) -> str:
    """Say what the check costs when kept replications are read."""
    paths = list(out.glob("parts/*.arrow"))
    size, seconds = sum(path.stat().st_size for path in paths), {True: 0.0, False: 0.0}
    for _ in range(20):
        for checked in (True, False):
            started = time.perf_counter()
            for path in paths:
                read_kept(path) if checked else path.read_bytes()
            seconds[checked] += time.perf_counter() - started
    more = (seconds[True] - seconds[False]) / 20
    return f"checking {len(paths)} kept replications ({size / 1e6:.1f} MB) takes {1e3 * more:.1f} ms in all"


def main(arguments: Sequence[str] | None = None) -> int:
    """Flip bits; return 1 if one went unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bits", description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=2500, help="in all (default 2,500)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    chance, unnoticed, flipped, said = np.random.default_rng(given.seed), 0, 0, ""
    for command in (one for one in COMMANDS if one != "across"):
        with tempfile.TemporaryDirectory(prefix="zerosum-bits-") as name:
            here, before = Path(name) / "here", Path.cwd()
            put(here, command)
            os.chdir(here)
            try:
                file = "market.toml" if command == "compare" else "question.toml"
                done = CliRunner().invoke(zerosum, [command, file, "--out", OUT, "--workers", "1", "--quiet"])
                if done.exit_code:
                    raise RuntimeError(done.output)
                for kind, (count, missed) in flip_all(command, Path(OUT), given.flips // 4, chance).items():
                    print(f"{kind}: {count} bits flipped, {len(missed)} unnoticed", flush=True)
                    for line in missed:
                        print(f"  {line}")
                    flipped, unnoticed = flipped + count, unnoticed + len(missed)
                said = said or cost(Path(OUT))
            finally:
                os.chdir(before)
    print(f"{flipped:,} bits flipped, {unnoticed:,} unnoticed; {said}")
    return int(unnoticed > 0)


if __name__ == "__main__":
    sys.exit(main())
