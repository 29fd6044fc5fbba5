"""Kernels: what their cache depends on, where it lies, how processes share it; and the decorator."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

import zerosum
from tests.each import each
from zerosum.market import draws, jit, kernelcache, schedule
from zerosum.market.mechanisms import push

ROOT = Path(zerosum.__file__).parents[1]

# --- What the digest sees -------------------------------------------------------------------------------------

HELPER = '''
from zerosum.market.jit import kernel

LIMIT = 3

@kernel
def helper(x):
    """Say more."""
    return x + 1  # one more
'''
ENTRY = '''
from zerosum.market.jit import kernel, inlined
from helpers import helper
import helpers
import numpy as np

SHARES = np.array([0.1, 0.2])

@kernel
def entry(x: float) -> float:
    """Do it."""
    total = 0.0
    for i in range(helpers.LIMIT):
        total += helper(x) * SHARES[i % 2]
    return total
'''


def digest_of(entry: str = ENTRY, helper: str = HELPER) -> str:
    """Digest ``entry``, with both files as given."""
    helpers, main = ModuleType("helpers"), ModuleType("main")
    sys.modules["helpers"] = helpers
    try:
        exec(compile(helper, "helpers.py", "exec"), helpers.__dict__)
        exec(compile(entry, "main.py", "exec"), main.__dict__)
    finally:
        del sys.modules["helpers"]
    return jit.digest(main.entry)


@each(
    ("entry", "helper"),
    [
        ("# new\n" + ENTRY, HELPER),
        (ENTRY.replace("Do it.", "Do something else, at length."), HELPER),
        (ENTRY.replace("x: float", "x: int"), HELPER),
        (ENTRY.replace("total += helper(x) * ", "total += (  # why\n            helper(x)) * "), HELPER),
        (ENTRY + "\ndef unused():\n    return 5\n", HELPER + "\nOTHER = 7\n"),
        (ENTRY, HELPER.replace("# one more", "# one").replace("Say more.", "Say less.")),
    ],
)
def test_what_changes_no_machine_code_is_not_in_the_digest(entry: str, helper: str) -> None:
    assert digest_of(entry, helper) == digest_of()


@each(
    ("entry", "helper"),
    [
        (ENTRY.replace("total = 0.0", "total = 1.0"), HELPER),
        (ENTRY.replace("total = 0.0", "total = 0"), HELPER),
        (ENTRY.replace("0.2", "0.3"), HELPER),
        (ENTRY.replace("i % 2", "i // 2"), HELPER),
        (ENTRY, HELPER.replace("x + 1", "x - 1")),
        (ENTRY, HELPER.replace("x + 1", "x + 2")),
        (ENTRY, HELPER.replace("LIMIT = 3", "LIMIT = 4")),
        (ENTRY, HELPER.replace("@kernel", "from zerosum.market.jit import inlined\n@inlined")),
        (ENTRY, HELPER.replace("helper(x)", "helper(x, y=2)")),
    ],
)
def test_an_edit_of_code_a_helper_or_a_constant_in_either_file_is_another_digest(
    entry: str, helper: str
) -> None:
    assert digest_of(entry, helper) != digest_of()


def test_a_kernel_may_not_refer_to_what_could_change_unseen() -> None:
    with pytest.raises(TypeError, match=r"kernel main\.entry.*may refer to numbers"):
        digest_of(ENTRY.replace("np.array([0.1, 0.2])", "{0: 0.1, 1: 0.2}"))


def test_a_digest_is_the_same_in_every_process() -> None:
    """Names are found in sets, whose order differs from one process to the next."""
    ask = "from zerosum.market import jit, schedule; print(jit.digest(schedule.run_weeks))"
    found = {
        subprocess.run(
            [sys.executable, "-c", ask],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {jit.digest(schedule.run_weeks)}


def test_an_edit_of_one_rule_recompiles_only_what_depends_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    entries: Any = (schedule.run_weeks, push.end_of_quarter, draws.fill_normal)
    before = [jit.digest(entry) for entry in entries]
    monkeypatch.setattr(push, "QUARTER", 12)
    assert [a == jit.digest(e) for a, e in zip(before, entries, strict=True)] == [False, False, True]


def test_everything_a_run_needs_is_reached() -> None:
    names = {kernel.name for kernel in jit.reachable(schedule.run_weeks)}  # type: ignore[arg-type]
    assert {"draws.philox", "choice.decide", "quota.start_year", "push._pull_forward"} <= names
    assert len(names) > 80


# --- Where the cache lies -------------------------------------------------------------------------------------

PLACES = ("ZEROSUM_CACHE_DIR", "NUMBA_CACHE_DIR")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No cache folder is named; the user's and the temporary folder are the test's own."""
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(kernelcache.platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "user")
    monkeypatch.setattr(kernelcache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    kernelcache.folder.cache_clear()
    yield tmp_path
    kernelcache.folder.cache_clear()


def blocked(path: Path) -> Path:
    """Return the path of a folder that cannot be made, whoever asks: a file is in its way."""
    path.write_text("", encoding="utf-8")
    return path / "below"


def test_the_order_of_places(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kernelcache.choose_folder() == places / "user/kernels"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(places / "numba"))
    assert kernelcache.choose_folder() == places / "numba/kernels"
    monkeypatch.setenv("ZEROSUM_CACHE_DIR", str(places / "ours"))
    assert kernelcache.choose_folder() == places / "ours/kernels"
    assert list((places / "ours/kernels").iterdir()) == []


def test_unwritable_places_are_passed_over(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Path:
        raise RuntimeError("no home")

    monkeypatch.setenv("ZEROSUM_CACHE_DIR", str(blocked(places / "a")))
    monkeypatch.setattr(kernelcache.platformdirs, "user_cache_path", nobody)
    folder = kernelcache.choose_folder()
    assert folder is not None
    assert folder.parent.parent == places / "temporary"
    assert folder.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(kernelcache.tempfile, "gettempdir", lambda: str(blocked(places / "d")))
    assert kernelcache.choose_folder() is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are a matter of POSIX")
def test_a_temporary_folder_that_others_may_fill_is_not_trusted(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = places / "temporary" / f"zerosum-{os.getuid()}"
    theirs.mkdir(mode=0o777)
    theirs.chmod(0o777)
    with pytest.raises(PermissionError):
        kernelcache._private_temporary()
    theirs.rmdir()
    (places / "elsewhere").mkdir()
    theirs.symlink_to(places / "elsewhere")
    with pytest.raises(NotADirectoryError):
        kernelcache._private_temporary()


# --- What is kept ---------------------------------------------------------------------------------------------


def test_what_is_kept_is_found_whole_or_not_at_all(places: Path) -> None:
    kernelcache.write("a.b", "d1", "int64", b"code")
    assert kernelcache.read("a.b", "d1", "int64") == b"code"
    assert kernelcache.is_kept("a.b", "d1")
    for name, digest, form in (("a.c", "d1", "int64"), ("a.b", "d2", "int64"), ("a.b", "d1", "int32")):
        assert kernelcache.read(name, digest, form) is None
    assert not kernelcache.is_kept("a.b", "d2")
    (path,) = (places / "user/kernels").glob("*.kernel")
    path.write_bytes(path.read_bytes()[:-1])
    assert kernelcache.read("a.b", "d1", "int64") is None


def test_a_full_disk_is_no_error(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernelcache.os, "replace", full)
    kernelcache.write("a.b", "d1", "int64", b"code")
    assert list((places / "user/kernels").iterdir()) == []


def test_what_is_old_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    now, old = time.time(), time.time() - (kernelcache.KEEP_DAYS + 1) * 86_400
    for name, when in {"a.kernel": old, "b.kernel": now, "c.new": old, "d.new": now, "precious": old}.items():
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (when, when))
    kernelcache.delete_old(tmp_path, now)
    assert {path.name for path in tmp_path.iterdir()} == {"b.kernel", "d.new", "precious"}
    kernelcache.delete_old(tmp_path / "missing", now)


TWO_PROCESSES = textwrap.dedent(
    """
    import sys, time
    from zerosum.market import draws, jit
    import numpy as np
    assert "numba" not in sys.modules
    told = []
    jit.listeners.append(lambda name, done, of: told.append((name, done, of)))
    before = jit.is_compiled(draws.to_uniform)
    draws.to_uniform(np.uint64(1), np.uint64(2))
    print(before, jit.is_compiled(draws.to_uniform), len(told), "scipy.linalg" in sys.modules)
    """
)


def test_of_two_processes_one_compiles_and_the_other_waits_and_finds_it(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in (*PLACES, "NUMBA_DISABLE_JIT")}
    environment |= {"ZEROSUM_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", TWO_PROCESSES]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path)

    both = [start(), start()]
    told = sorted(process.communicate(timeout=120)[0].split() for process in both)
    assert told[0][0] == "False"
    assert [after for _, after, *_ in told] == ["True", "True"]
    assert len(list((tmp_path / "kernels").glob("*.kernel"))) == 1
    # Loading takes a tenth of a second, and not all that compiling imports.
    assert start().communicate(timeout=120)[0].split() == ["True", "True", "0", "False"]


# --- The decorator, and tables by pointer ---------------------------------------------------------------------


OF_A_SCRIPT = """
from typing import NamedTuple
from zerosum.market import kernelcache
from zerosum.market.jit import kernel

class Numbers(NamedTuple):
    chance: float

@kernel
def twice(numbers):
    return 2.0 * numbers.chance

asked, read = [], kernelcache.read
kernelcache.read = lambda *of: (asked.append(of), read(*of))[1]
print([twice(Numbers(0.5)) for _ in range(3)], len(asked))
"""


def test_a_kernel_over_a_scripts_own_table_is_looked_for_once(tmp_path: Path) -> None:
    """What comes from the cache is of another class than the script's: it must serve the next call all the same."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    environment |= {"ZEROSUM_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for _ in range(2):
        command = [sys.executable, "-c", OF_A_SCRIPT]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=120
        )
    assert done.stdout == "[1.0, 1.0, 1.0] 1\n"


@jit.kernel
def _half(x: float, y: float) -> float:
    """Say x over y."""
    return x / y


class _Inner(NamedTuple):
    column: Any
    number: float


class _Outer(NamedTuple):
    rows: Any
    inner: _Inner
    flag: bool
    count: int


@jit.kernel
def _fill(table: Any) -> float:
    for i in range(len(table.inner.column)):
        table.inner.column[i] += 1.0
    for j in range(table.rows.shape[1]):
        across = table.rows[:, j]
        for i in range(len(across)):
            across[i] += table.count * i
            table.rows[i, j] += j
    return table.inner.number if table.flag else -1.0


def test_a_kernel_is_a_function_with_its_name_and_text() -> None:
    assert _half.__name__ == "_half"
    assert _half.__doc__ == "Say x over y."
    assert isinstance(_half.py_func, FunctionType)  # type: ignore[attr-defined]
    assert _half.py_func(3.0, 2.0) == _half(3.0, 2.0) == 1.5  # type: ignore[attr-defined]


@pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="plain Python divides by its own rules"
)
def test_compiled_division_is_that_of_ieee_754() -> None:
    assert _half(1.0, 0.0) == math.inf
    assert math.isnan(_half(0.0, 0.0))
    with jit.uncompiled(), pytest.raises(ZeroDivisionError):
        _half(1.0, 0.0)


@pytest.mark.uncompiled
@pytest.mark.parametrize("compiled", [True, False])
def test_a_bound_table_shares_its_columns_and_copies_its_numbers(compiled: bool) -> None:
    column, rows = np.zeros(3), np.zeros((2, 3), np.int16)
    for flag, expected in ((True, 2.5), (False, -1.0)):
        table = _Outer(rows, _Inner(column, 2.5), flag, 10)
        if compiled:
            assert _fill(jit.bind(table)) == expected
        else:
            with jit.uncompiled():
                assert _fill(jit.bind(table)) == expected
    assert column.tolist() == [2.0, 2.0, 2.0]
    assert rows.tolist() == [[0, 2, 4], [20, 22, 24]]


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="plain Python reads anything")
def test_what_kernels_could_not_read_by_its_address_is_refused() -> None:
    for wrong in (np.zeros(6)[::2], np.zeros((2, 3), order="F"), "text"):
        with pytest.raises(TypeError, match=r"_Inner\.column is .*no number, table or contiguous array"):
            jit.bind(_Inner(wrong, 1.0))
