"""The cache of compiled kernels: what its name depends on, where it lies, what is thrown away; and the decorator."""

from __future__ import annotations

import ast
import importlib
import math
import os
import pkgutil
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
import zerosum
from zerosum.market import jit

PACKAGE = Path(zerosum.__file__).parent


# --- What a kernel can see must be in the digest --------------------------------------------------------------


def kernels_of(module: ModuleType) -> Iterator[Any]:
    """Functions of a module that are compiled (or would be)."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names = {getattr(d, "id", getattr(d, "attr", "")) for d in node.decorator_list}
            if "kernel" in names:
                function = getattr(module, node.name)
                yield getattr(function, "py_func", function)


def names_used(code: CodeType) -> set[str]:
    """Return global names and attributes that a function's code refers to, inner functions among them."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*(names_used(c) for c in inner))


def imported_names(module: ModuleType) -> dict[str, str]:
    """Return the module within the package that each imported name comes from."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "zerosum":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = importlib.util.find_spec(inner) if _is_package(str(node.module)) else None
                found[alias.asname or alias.name] = inner if is_module else str(node.module)
    return found


def _is_package(name: str) -> bool:
    return hasattr(importlib.import_module(name), "__path__")


def test_every_module_whose_names_a_kernel_uses_is_in_the_digest() -> None:
    """numba freezes what a kernel refers to: constants, and kernels of other files. An edit there must be seen."""
    covered = {path.resolve() for path in jit._kernel_sources()}
    seen: dict[str, set[str]] = {}
    n_kernels = 0
    for info in pkgutil.walk_packages(zerosum.__path__, "zerosum."):
        source = PACKAGE.parent / (info.name.replace(".", "/") + ("/__init__.py" if info.ispkg else ".py"))
        if "kernel" not in source.read_text(encoding="utf-8"):
            continue
        module = importlib.import_module(info.name)
        imported = imported_names(module)
        for kernel in kernels_of(module):
            n_kernels += 1
            seen.setdefault(info.name, set()).add(kernel.__name__)
            for name in names_used(kernel.__code__) & imported.keys():
                seen.setdefault(imported[name], set()).add(f"{name} (in {kernel.__name__})")
    assert n_kernels > 70
    assert {
        "zerosum.market.mechanisms.influence",
        "zerosum.market.records",
        "zerosum.market.state",
        "zerosum.market.draws",
    } <= seen.keys()
    missing = {name: users for name, users in seen.items() if _file(name) not in covered}
    assert missing == {}


def _file(name: str) -> Path:
    return Path(str(importlib.import_module(name).__file__)).resolve()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Copy all sources."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "zerosum", ignore=shutil.ignore_patterns("__pycache__")))


def test_the_digest_of_a_copy_is_the_same_and_says_nothing_of_its_place(package: Path) -> None:
    assert jit.source_digest(package) == jit.source_digest()
    assert len(jit.source_digest()) == 16
    assert set(jit.source_digest()) <= set("0123456789abcdef")


@pytest.mark.parametrize("source", ["state.py", "records.py", "draws.py", "jit.py", "mechanisms/choice.py"])
def test_an_edit_of_a_source_is_another_digest(package: Path, source: str) -> None:
    with (package / "market" / source).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert jit.source_digest(package) != jit.source_digest()


def test_a_new_file_with_a_kernel_is_another_digest(package: Path) -> None:
    (package / "scenario" / "odd.py").write_text("@kernel\ndef f(x):\n    return x\n", encoding="utf-8")
    assert jit.source_digest(package) != jit.source_digest()


def test_renaming_and_moving_text_between_files_is_another_digest(package: Path) -> None:
    a, b = package / "market/mechanisms/push.py", package / "market/mechanisms/quota.py"
    one, two = a.read_bytes(), b.read_bytes()
    a.write_bytes(two)
    b.write_bytes(one)
    assert jit.source_digest(package) != jit.source_digest()


def test_what_no_kernel_sees_is_not_in_the_digest(package: Path) -> None:
    with (package / "cli.py").open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert jit.source_digest(package) == jit.source_digest()


# --- Where the cache lies -------------------------------------------------------------------------------------

PLACES = ("ZEROSUM_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No cache folder is named; home and the temporary folder are the test's own."""
    for name in PLACES:
        monkeypatch.delenv(name, raising=False)
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(jit.sys, "platform", "linux")
    return tmp_path


def blocked(path: Path) -> str:
    """Return the path of a folder that cannot be made, whoever asks: a file is in its way."""
    path.write_text("", encoding="utf-8")
    return str(path / "below")


def test_the_order_of_places(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"kernels-{jit.source_digest()}"
    assert jit._choose_folder() == places / "home" / ".cache" / "zerosum" / name
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "xdg"))
    assert jit._choose_folder() == places / "xdg" / "zerosum" / name
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(places / "numba"))
    assert jit._choose_folder() == places / "numba" / name
    monkeypatch.setenv("ZEROSUM_CACHE_DIR", str(places / "ours"))
    assert jit._choose_folder() == places / "ours" / name
    assert (places / "ours" / name).is_dir()
    assert list((places / "ours" / name).iterdir()) == []


def test_a_relative_xdg_folder_is_ignored(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert jit._user_cache() == places / "home" / ".cache"


def test_other_platforms(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit.sys, "platform", "darwin")
    assert jit._user_cache() == places / "home" / "Library" / "Caches"
    monkeypatch.setattr(jit.sys, "platform", "win32")
    assert jit._user_cache() == places / "home" / "AppData" / "Local"
    monkeypatch.setenv("LOCALAPPDATA", str(places / "local"))
    assert jit._user_cache() == places / "local"


def test_a_worker_does_not_nest_its_parents_folder(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(places / "numba"))
    first = jit._choose_folder()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(first))
    assert jit._choose_folder() == first


def test_unwritable_places_are_passed_over(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEROSUM_CACHE_DIR", blocked(places / "a"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", blocked(places / "b"))
    monkeypatch.setenv("XDG_CACHE_HOME", blocked(places / "c"))
    folder = jit._choose_folder()
    assert folder is not None
    assert folder.parent.parent == places / "temporary"
    assert folder.parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: blocked(places / "d"))
    assert jit._choose_folder() is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners are a matter of POSIX")
def test_a_temporary_folder_that_others_may_fill_is_not_trusted(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = places / "temporary" / f"zerosum-{os.getuid()}"
    theirs.mkdir(mode=0o777)
    theirs.chmod(0o777)
    with pytest.raises(PermissionError):
        jit._private_temporary()
    theirs.rmdir()
    (places / "elsewhere").mkdir()
    theirs.symlink_to(places / "elsewhere")
    with pytest.raises(NotADirectoryError):
        jit._private_temporary()
    theirs.unlink()
    assert jit._private_temporary() == theirs
    monkeypatch.setattr(jit.os, "getuid", lambda: os.stat(theirs).st_uid + 1)
    (places / "temporary" / f"zerosum-{os.stat(theirs).st_uid + 1}").mkdir(mode=0o700)
    with pytest.raises(PermissionError):
        jit._private_temporary()


def test_no_home_folder_is_no_error(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(jit.Path, "home", staticmethod(nobody))
    folder = jit._choose_folder()
    assert folder is not None
    assert folder.parent.parent == places / "temporary"


# --- What is thrown away --------------------------------------------------------------------------------------


def test_old_folders_of_other_sources_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    now, old = time.time(), time.time() - (jit.KEEP_DAYS + 1) * 86_400
    names = {
        "kernels-0123456789abcdef": old,  # the one in use
        "kernels-1111111111111111": old,
        "kernels-2222222222222222": now,
        "kernels-too-short": old,
        "kernels-3333333333333333-copy": old,
        "precious": old,
    }
    for name, when in names.items():
        (tmp_path / name / "inner").mkdir(parents=True)
        os.utime(tmp_path / name, (when, when))
    jit._delete_old(tmp_path, tmp_path / "kernels-0123456789abcdef", now)
    assert {path.name for path in tmp_path.iterdir()} == names.keys() - {"kernels-1111111111111111"}
    jit._delete_old(tmp_path / "missing", tmp_path, now)


def test_using_a_folder_makes_it_young(places: Path) -> None:
    folder = jit._choose_folder()
    assert folder is not None
    os.utime(folder, (1e9, 1e9))
    assert jit._choose_folder() == folder
    assert time.time() - folder.stat().st_mtime < 3600


def test_compiled_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit._settings, "DISABLE_JIT", 0)
    monkeypatch.setattr(jit, "_FOLDER", tmp_path)
    assert not jit.compiled_before()
    assert jit.cache_folder() == tmp_path
    (tmp_path / "simulator_1").mkdir()
    (tmp_path / "simulator_1" / "draws.philox-1.py311.1.nbc").write_bytes(b"")
    assert jit.compiled_before()
    monkeypatch.setattr(jit, "_FOLDER", None)
    assert not jit.compiled_before()
    monkeypatch.setattr(jit._settings, "DISABLE_JIT", 1)
    assert jit.compiled_before()


ONE_KERNEL = """
import numpy as np
from zerosum.market import draws, jit
print(jit.compiled_before())
draws.to_uniform(np.uint64(1), np.uint64(2))
print(jit.compiled_before(), jit.cache_folder())
"""


def test_a_second_process_finds_what_the_first_compiled(tmp_path: Path) -> None:
    """Also when the folder came by the environment of numba, and whatever the working folder is."""
    environment = {k: v for k, v in os.environ.items() if k not in (*PLACES, "NUMBA_DISABLE_JIT")}
    environment |= {"ZEROSUM_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(PACKAGE.parent)}
    said = [
        subprocess.run(
            [sys.executable, "-c", ONE_KERNEL],
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
            timeout=300,
            env=environment,
        ).stdout.split()
        for folder in (PACKAGE.parent, tmp_path)
    ]
    folder = str(tmp_path / f"kernels-{jit.source_digest()}")
    assert said == [["False", "True", folder], ["True", "True", folder]]


# --- The decorator, and tables by pointer ---------------------------------------------------------------------


@jit.kernel
def _half(x: float, y: float) -> float:
    """Say x over y."""
    return x / y


class _Inner(NamedTuple):
    column: Any
    number: float


class _Outer(NamedTuple):
    inner: _Inner
    flag: bool


@jit.kernel
def _fill(table: Any) -> float:
    for i in range(len(table.inner.column)):
        table.inner.column[i] += 1.0
    return table.inner.number if table.flag else -1.0


def test_a_kernel_is_a_function_with_its_name_and_text() -> None:
    assert _half.__name__ == "_half"
    assert _half.__doc__ == "Say x over y."
    assert getattr(_half, "py_func", _half)(3.0, 2.0) == _half(3.0, 2.0) == 1.5


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="plain Python divides by its own rules")
def test_compiled_division_is_that_of_ieee_754() -> None:
    assert _half(1.0, 0.0) == math.inf
    assert math.isnan(_half(0.0, 0.0))


@pytest.mark.plain
def test_a_bound_table_shares_its_columns_and_copies_its_numbers() -> None:
    column = np.zeros(3)
    for flag, expected in ((True, 2.5), (False, -1.0)):
        assert _fill(jit.bind(_Outer(_Inner(column, 2.5), flag))) == expected
    assert column.tolist() == [2.0, 2.0, 2.0]
