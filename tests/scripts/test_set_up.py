"""Building an environment from a lock: once, again, after an interruption, and when the lock changes."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import set_up  # noqa: E402

pytestmark = pytest.mark.slow


def make_wheel(folder: Path, name: str, version: str) -> str:
    """A package with one module and some tests nobody needs; its line for a lock."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"VERSION = {version!r}\n",
        f"{name}/tests/__init__.py": "#" * 10_000,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: <3.11\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where set-up runs. The environment of one test is for the next an unfinished one, which is quicker than none."""
    return tmp_path_factory.mktemp("ground")


@pytest.fixture
def shop(ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all pip knows of."""
    for left in (*ground.glob("*.lock"), ground / "prune.txt", ground / ".venv" / set_up.STAMP):
        left.unlink(missing_ok=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.chdir(ground)
    return tmp_path


def run(*arguments: str) -> int:
    return set_up.main([".venv", "my.lock", "--other-python", *arguments])


def imports(code: str) -> str:
    return subprocess.run(
        [".venv/bin/python", "-c", code], capture_output=True, text=True, check=False
    ).stdout.strip()


def test_a_second_run_sets_up_nothing_and_says_so_in_one_line(
    shop: Path, ground: Path, capsys: pytest.CaptureFixture[str]
):
    (ground / "my.lock").write_text("# ours\n" + make_wheel(shop, "tiny", "1.0"))

    assert run() == 0
    first = capsys.readouterr().out
    assert "1 packages from my.lock" in first and "ready after" in first
    assert imports("import tiny; print(tiny.VERSION)") == "1.0"

    assert run() == 0
    assert capsys.readouterr().out == ".venv: ready; nothing to set up.\n"


def test_an_interrupted_set_up_is_repaired(shop: Path, ground: Path, capsys: pytest.CaptureFixture[str]):
    (ground / "my.lock").write_text(make_wheel(shop, "tiny", "1.0"))
    shutil.rmtree(ground / ".venv", ignore_errors=True)
    (ground / ".venv/bin").mkdir(parents=True)  # as a kill in the middle of making it leaves things
    (ground / ".venv/bin/python").symlink_to("/nowhere")

    assert run() == 0
    assert "built anew" in capsys.readouterr().out
    assert imports("import tiny; print(tiny.VERSION)") == "1.0"


def test_a_changed_lock_is_followed_and_what_it_dropped_goes(shop: Path, ground: Path):
    tiny, other = make_wheel(shop, "tiny", "1.0"), make_wheel(shop, "other", "1.0")
    (ground / "my.lock").write_text(tiny + other)
    assert run() == 0
    (ground / "my.lock").write_text(make_wheel(shop, "tiny", "2.0"))

    assert run() == 0

    assert imports("import tiny; print(tiny.VERSION)") == "2.0"
    assert imports("import other; print(other.VERSION)") == ""


def test_a_package_with_another_hash_is_refused(shop: Path, ground: Path, capsys: pytest.CaptureFixture[str]):
    line = make_wheel(shop, "tiny", "1.0")
    (ground / "my.lock").write_text(line[:-5] + "0000\n")

    assert run() == 1
    said = capsys.readouterr().err
    assert "Set-up stopped" in said and "frontdoor-set-up.log" in said
    assert not (ground / ".venv" / set_up.STAMP).exists()


def test_files_nobody_reads_are_pruned(shop: Path, ground: Path):
    (ground / "my.lock").write_text(make_wheel(shop, "tiny", "1.0"))
    (ground / "prune.txt").write_text("# none needed\n*/tests   # tests of others\n")

    assert run("--prune", "prune.txt") == 0

    assert imports("import tiny; print(tiny.VERSION)") == "1.0"
    assert not list((ground / ".venv").glob("lib/*/site-packages/tiny/tests"))


def test_an_environment_with_more_in_it_is_left_as_it_is(
    shop: Path, ground: Path, capsys: pytest.CaptureFixture[str]
):
    tiny = make_wheel(shop, "tiny", "1.0")
    (ground / "my.lock").write_text(tiny)
    (ground / "more.lock").write_text(tiny + make_wheel(shop, "other", "1.0"))
    assert set_up.main([".venv", "more.lock", "--other-python"]) == 0
    capsys.readouterr()

    assert run("--superset", "more.lock") == 0

    assert "nothing to set up" in capsys.readouterr().out
    assert imports("import other; print(other.VERSION)") == "1.0"


def test_a_moved_environment_is_not_trusted(shop: Path, ground: Path, capsys: pytest.CaptureFixture[str]):
    (ground / "my.lock").write_text(make_wheel(shop, "tiny", "1.0"))
    assert run() == 0
    stamp = ground / ".venv" / set_up.STAMP
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"path": "/elsewhere/.venv"}))
    capsys.readouterr()

    assert run() == 0
    assert "built anew" in capsys.readouterr().out


def test_a_missing_lock_is_named(shop: Path, capsys: pytest.CaptureFixture[str]):
    assert run() == 1
    assert "no my.lock here" in capsys.readouterr().err
