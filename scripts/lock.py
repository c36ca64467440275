"""Writes the three requirement locks anew with uv: all packages pinned, each with its hashes, no index named.

uv is put into a throw-away environment for the purpose; nothing else here depends on it.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMON = ("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header")
LOCKS = {
    "requirements.lock": ["--python-version", "3.11", "pyproject.toml"],
    "requirements-dev.lock": ["--python-version", "3.11", "--extra", "dev", "pyproject.toml"],
    # Rasa declares Python below 3.11: resolved for 3.10, installed on 3.11, where it was seen to work.
    "nlu/requirements.lock": [
        "--python-version",
        "3.10",
        "--override",
        "nlu/overrides.txt",
        "nlu/requirements.in",
    ],
}


def main() -> int:
    """Rewrite every lock, or none: they are put in place only when all were resolved."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        print("uv: fetched into a throw-away environment ...", flush=True)
        _run([sys.executable, "-m", "venv", str(scratch / "uv")])
        _run([str(scratch / "uv/bin/python"), "-m", "pip", "install", "--quiet", "uv"])
        written = {}
        for lock, arguments in LOCKS.items():
            started = time.monotonic()
            out = scratch / Path(lock).as_posix().replace("/", "-")
            _run(
                [str(scratch / "uv/bin/uv"), "pip", "compile", "--quiet", *COMMON, *arguments, "-o", str(out)]
            )
            text = out.read_text(encoding="utf-8")
            written[lock] = f"# Written by `make lock`; do not edit.\n{text}"
            pins = sum("==" in line.split("\\")[0] for line in text.splitlines() if line[:1].isalnum())
            print(f"{lock}: {pins} packages, {time.monotonic() - started:.0f} s", flush=True)
        for lock, text in written.items():
            Path(lock).write_text(text, encoding="utf-8")
    return 0


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        print(
            f"Stopped: {Path(command[0]).name} {' '.join(command[1:4])} failed; no lock was changed.",
            file=sys.stderr,
        )
        raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
