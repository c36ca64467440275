"""Builds an environment from a hash-pinned lock, says what it does, and does nothing where nothing is to do.

    python3.11 scripts/set_up.py .venv requirements.lock --superset requirements-dev.lock --editable
    python3.11 scripts/set_up.py .venv-nlu nlu/requirements.lock --other-python --prune nlu/prune.txt

Standard library only: it runs before anything is installed. A stamp file inside the environment holds
what it was built from; it is written last, so an interrupted set-up is seen and taken up again.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STAMP = "frontdoor-stamp.json"
BUILD_TOOLS = ("setuptools", "wheel")
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)")


class SetUpFailed(Exception):
    """A step went wrong; the text says which and where the log lies."""


def main(argv: list[str] | None = None) -> int:
    """Set up one environment; 0 when it is ready, 1 with one sentence when not."""
    options = _parse(argv)
    try:
        set_up(
            options.environment,
            options.lock,
            superset=options.superset,
            editable=options.editable,
            other_python=options.other_python,
            prune=options.prune,
        )
    except SetUpFailed as error:
        print(f"Set-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next try goes on from here.", file=sys.stderr)
        return 130
    return 0


def set_up(
    environment: Path,
    lock: Path,
    *,
    superset: Path | None = None,
    editable: bool = False,
    other_python: bool = False,
    prune: Path | None = None,
) -> None:
    """Make `environment` hold what `lock` pins.

    superset: another lock that contains all of this one; an environment built from it is left as it is.
    editable: the project in this folder is installed into it too.
    other_python: the pins were resolved for another Python than ours; they are taken all the same.
    prune: a file of glob patterns below site-packages, one a line: files to delete after installing.
    """
    started = time.monotonic()
    if superset is not None and _is_ready(environment, superset, editable, None):
        print(f"{environment}: ready (built from {superset}, which holds all of {lock}); nothing to set up.")
        return
    if _is_ready(environment, lock, editable, prune):
        print(f"{environment}: ready; nothing to set up.")
        return
    if not lock.is_file():
        raise SetUpFailed(f"there is no {lock} here; run this from the project's folder.")
    log = environment / "frontdoor-set-up.log"
    _make_environment(environment)
    total = len(read_pins(lock))
    print(f"{environment}: {total} packages from {lock}")
    with log.open("w", encoding="utf-8") as out:
        with _build_tools_only(lock) as tools:
            _run_pip(environment, ["--require-hashes", "-r", str(tools)], out, log, total=0)
        options = ["--require-hashes", "--no-build-isolation"]
        if other_python:
            options.append("--ignore-requires-python")
        _run_pip(environment, [*options, "-r", str(lock)], out, log, total=total)
        if editable:
            _run_pip(environment, ["--no-build-isolation", "--editable", "."], out, log, total=0)
        _remove_strangers(environment, lock, out, log)
    freed = _prune(environment, prune)
    _write_stamp(environment, lock, editable, prune)
    seconds = time.monotonic() - started
    note = f" ({freed // 1_000_000} MB of unused files removed)" if freed else ""
    print(f"{environment}: ready after {seconds:.0f} s, {_size(environment) / 1e9:.2f} GB{note}.")


def read_pins(lock: Path) -> dict[str, str]:
    """The packages a lock pins: normalised name to version."""
    found = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        pin = _PIN.match(line)
        if pin:
            found[_normalise(pin.group(1))] = pin.group(2)
    return found


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _fingerprint(lock: Path, editable: bool, prune: Path | None) -> str:
    parts = [sys.version.split()[0].encode(), lock.read_bytes(), str(editable).encode()]
    if editable:
        # The console script and the package list are laid down at installation.
        parts.append(Path("pyproject.toml").read_bytes())
    if prune is not None:
        parts.append(prune.read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_ready(environment: Path, lock: Path, editable: bool, prune: Path | None) -> bool:
    try:
        stamp = json.loads((environment / STAMP).read_text(encoding="utf-8"))
        wanted = _fingerprint(lock, editable, prune)
        built_here = stamp["path"] == str(environment.resolve())
        return stamp["built_from"] == wanted and built_here and _runs(environment)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _runs(environment: Path) -> bool:
    # The interpreter an environment points to may have been removed or upgraded since.
    command = [str(environment / "bin" / "python"), "-c", "import sys; print(sys.version.split()[0])"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return said.stdout.strip() == sys.version.split()[0]


def _write_stamp(environment: Path, lock: Path, editable: bool, prune: Path | None) -> None:
    stamp = {
        "built_from": _fingerprint(lock, editable, prune),
        "lock": str(lock),
        "python": sys.version.split()[0],
        # Scripts hold absolute paths: a moved or copied environment must be built anew.
        "path": str(environment.resolve()),
    }
    (environment / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")


def _make_environment(environment: Path) -> None:
    stamp = environment / STAMP
    moved = environment.exists() and not _belongs_here(environment)
    if moved or (environment.exists() and not _has_pip(environment)):
        print(f"{environment}: unfinished or made elsewhere; built anew.")
        shutil.rmtree(environment)
    stamp.unlink(missing_ok=True)
    if environment.exists():
        return
    print(f"{environment}: made with Python {sys.version.split()[0]} ...")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(environment)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        last = (made.stdout + made.stderr).strip().splitlines()[-1:] or ["no reason given"]
        raise SetUpFailed(f"python -m venv failed ({last[0]}). On Debian: apt-get install python3.11-venv.")


def _belongs_here(environment: Path) -> bool:
    if not _runs(environment):
        return False
    try:
        stamp = json.loads((environment / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True
    return bool(stamp.get("path") == str(environment.resolve()))


def _has_pip(environment: Path) -> bool:
    command = [str(environment / "bin" / "python"), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def _build_tools_only(lock: Path) -> Iterator[Path]:
    """A lock with setuptools and wheel alone, with their hashes: source packages are built with these."""
    lines = []
    wanted = False
    for line in lock.read_text(encoding="utf-8").splitlines():
        pin = _PIN.match(line)
        if pin:
            wanted = _normalise(pin.group(1)) in BUILD_TOOLS
        if wanted and not line.startswith("#"):
            lines.append(line)
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder) / "build-tools.lock"
        chosen.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield chosen


def _run_pip(environment: Path, options: list[str], out: TextIO, log: Path, *, total: int) -> None:
    command = [str(environment / "bin" / "python"), "-m", "pip", "install", "--no-deps", "--no-input"]
    # What is used is compiled when first read; all of it would take a third of the time.
    command += ["--no-compile"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", *options]
    quiet = {
        k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_QUIET"}
    }
    progress = Progress(environment, total)
    with subprocess.Popen(
        command, env=quiet, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None  # PIPE was asked for
        first_error = ""
        for line in pip.stdout:
            out.write(line)
            if line.strip().lower().startswith("error:"):
                first_error = first_error or line.strip()[len("error:") :].strip()
            progress.read(line)
    progress.finish()
    if pip.returncode:
        reason = f" {first_error}" if first_error else ""
        raise SetUpFailed(f"pip could not install into {environment}.{reason} The whole story: {log}")


def _remove_strangers(environment: Path, lock: Path, out: TextIO, log: Path) -> None:
    """Uninstall what an earlier lock brought and this one does not: the lock alone decides."""
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    listed = subprocess.run([*pip, "list", "--format=json"], capture_output=True, text=True, check=False)
    if listed.returncode:
        raise SetUpFailed(f"pip could not list what {environment} holds: {listed.stderr.strip()[:200]}")
    pins = read_pins(lock)
    strangers = [
        package["name"]
        for package in json.loads(listed.stdout)
        if _normalise(package["name"]) not in {*pins, "pip", "wheel", "setuptools"}
        and "editable_project_location" not in package
    ]
    if strangers:
        out.write(f"No longer in the lock: {', '.join(strangers)}\n")
        gone = subprocess.run([*pip, "uninstall", "--yes", *strangers], stdout=out, stderr=out, check=False)
        if gone.returncode:
            raise SetUpFailed(f"pip could not remove what the lock no longer holds. The whole story: {log}")


class Progress:
    """Counts the packages pip reports: a line that rewrites itself on a terminal, now and then one elsewhere."""

    def __init__(self, environment: Path, total: int) -> None:
        self._environment = environment
        self._total = total
        self._seen = 0
        self._started = time.monotonic()
        self._shown = self._started
        self._live = sys.stdout.isatty()
        self._done = threading.Event()
        self._counter = threading.Thread(target=self._count_installed, daemon=True)

    def read(self, line: str) -> None:
        """Take one line of pip's output."""
        if not self._total:
            return
        text = line.strip()
        if text.startswith(("Collecting ", "Processing ", "Requirement already satisfied: ")):
            self._seen += 1
            self._show(f"fetched {min(self._seen, self._total)} of {self._total}")
        elif text.startswith("Building wheel") and "started" in text:
            self._show(f"building {text.split()[3]}", force=True)
        elif text.startswith("Installing collected packages"):
            self._counter.start()

    def finish(self) -> None:
        """End the line that rewrites itself."""
        self._done.set()
        if self._counter.is_alive():
            self._counter.join()
        if self._live and self._total:
            print()

    def _count_installed(self) -> None:
        # pip says nothing while it unpacks, which takes the longest: what has arrived is counted instead.
        while not self._done.wait(0.5):
            arrived = sum(1 for _ in self._environment.glob("lib/python3*/site-packages/*.dist-info"))
            self._show(f"installed {min(arrived, self._total)} of {self._total}")

    def _show(self, what: str, *, force: bool = False) -> None:
        now = time.monotonic()
        if self._live:
            print(f"\r\033[K  {self._environment}: {what} ({now - self._started:.0f} s)", end="", flush=True)
        elif force or now - self._shown >= 10:
            self._shown = now
            print(f"  {self._environment}: {what} ({now - self._started:.0f} s)", flush=True)


def _prune(environment: Path, patterns: Path | None) -> int:
    """Delete what the patterns name; the bytes freed."""
    if patterns is None:
        return 0
    packages = next(environment.glob("lib/python3*/site-packages"))
    freed = 0
    for line in patterns.read_text(encoding="utf-8").splitlines():
        pattern = line.split("#")[0].strip()
        for path in list(packages.glob(pattern)) if pattern else []:
            freed += _size(path)
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    return freed


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file() and not p.is_symlink())


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("environment", type=Path, help="folder of the environment")
    parser.add_argument("lock", type=Path, help="requirements lock with hashes")
    parser.add_argument(
        "--superset", type=Path, help="a lock that contains this one; built from it is good too"
    )
    parser.add_argument("--editable", action="store_true", help="install this project too")
    parser.add_argument("--other-python", action="store_true", help="pins were resolved for another Python")
    parser.add_argument("--prune", type=Path, help="patterns of files to delete afterwards")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
