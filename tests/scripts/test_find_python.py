"""Looking for a Python 3.11 that really runs."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/find-python"
PASSES = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
FAILS = "#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n"


def place(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o755)
    return path


def find(tmp_path: Path, *folders: Path) -> subprocess.CompletedProcess[str]:
    """Run the script with these folders and the bare necessities on the path."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    for tool in ("sh", "env"):
        if not (tools / tool).exists():
            (tools / tool).symlink_to(f"/bin/{tool}")
    path = ":".join(str(f) for f in [*folders, tools])
    environment = {"PATH": path, "HOME": str(tmp_path / "home")}
    return subprocess.run(
        ["/bin/sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False
    )


def test_one_on_the_path_is_found(tmp_path: Path):
    place(tmp_path / "a/python3.11", PASSES)

    assert find(tmp_path, tmp_path / "a").stdout.strip() == sys.executable


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path):
    place(tmp_path / "shims/python3.11", FAILS)
    place(tmp_path / "good/python3.11", PASSES)

    assert find(tmp_path, tmp_path / "shims", tmp_path / "good").stdout.strip() == sys.executable


def test_one_of_pyenv_is_found(tmp_path: Path):
    place(tmp_path / "home/.pyenv/versions/3.11.9/bin/python3.11", PASSES)

    assert find(tmp_path).stdout.strip() == sys.executable


def test_one_of_uv_is_found(tmp_path: Path):
    good = place(tmp_path / "uv-made/python", PASSES)
    place(tmp_path / "a/uv", f"#!/bin/sh\necho {good}\n")

    assert find(tmp_path, tmp_path / "a").stdout.strip() == sys.executable


def test_another_version_does_not_count(tmp_path: Path):
    place(tmp_path / "a/python3", "#!/bin/sh\nexit 1\n")

    assert find(tmp_path, tmp_path / "a").returncode == 1


def test_none_at_all_gets_one_clear_sentence(tmp_path: Path):
    found = find(tmp_path)

    assert found.returncode == 1 and found.stdout == ""
    assert found.stderr.startswith("Front Door needs Python 3.11") and found.stderr.count("\n") == 1
    for way in ("apt-get install", "pyenv install", "uv python install"):
        assert way in found.stderr


def test_the_script_can_be_started_as_it_is():
    assert os.access(SCRIPT, os.X_OK)
