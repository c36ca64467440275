"""How any Rasa process of ours is started: which Python, which environment, in which folder."""

import os
from pathlib import Path

# Passed on because a child needs them; everything else stays behind, the front door's secrets first of all.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")

_SETTINGS = {
    # Off: usage reports and, decided by the same switch, error reports (rasa/telemetry.py).
    "RASA_TELEMETRY_ENABLED": "false",
    # boto3 is imported by Rasa; it may look for a cloud's address book if asked for anything.
    "AWS_EC2_METADATA_DISABLED": "true",
    # TensorFlow: errors only, and no search for graphics cards.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    "NO_COLOR": "1",
}


def get_python(root: Path) -> Path:
    """The interpreter of Rasa's own environment."""
    return root / ".venv-nlu" / "bin" / "python"


def make_environment(root: Path, home: Path) -> dict[str, str]:
    """Environment variables for a Rasa process.

    root: the project's folder, from where our components are imported. home: a folder of its own, because
    Rasa and matplotlib write settings below HOME.
    """
    home.mkdir(parents=True, exist_ok=True)
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    own = {"HOME": str(home), "MPLCONFIGDIR": str(home / "matplotlib"), "PYTHONPATH": str(root)}
    return {**passed_on, **_SETTINGS, **own}
