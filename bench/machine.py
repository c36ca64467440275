"""The machine a measurement was made on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Machine:
    """`memory_gb` is in GiB; `load_at_start` is the one-minute load average, which should be well below 1."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    python: str
    filesystem: str
    load_at_start: float


def describe_machine(scratch: Path) -> Machine:
    """This machine; `scratch` is where databases lie during the measurement."""
    return Machine(
        cpu=_find_cpu(),
        cores=psutil.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=_find_system(),
        python=platform.python_version(),
        filesystem=_find_filesystem(scratch),
        load_at_start=round(os.getloadavg()[0], 2),
    )


def _find_cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return model or platform.processor() or platform.machine()


def _find_system() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.system()} {platform.release()}"
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _find_filesystem(folder: Path) -> str:
    """The file system's type, for on one kept in memory a commit costs nothing; "unknown" where nobody says."""
    mounts = [
        (len(part.mountpoint), part.fstype)
        for part in psutil.disk_partitions(all=True)
        if folder.resolve().is_relative_to(part.mountpoint)
    ]
    return max(mounts, default=(0, "unknown"))[1]
