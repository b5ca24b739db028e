"""What the container or service manager allows this process: control group limits, versions 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# Version 1 writes "no limit" as the largest page-aligned number.
NO_LIMIT_BYTES = 1 << 60


@dataclass(frozen=True)
class Limits:
    """The tightest limits on this process; None where there is none."""

    memory_limit_bytes: int | None = None
    memory_used_bytes: int | None = None
    cpu_limit_cores: float | None = None


@dataclass(frozen=True)
class ControlGroups:
    """Where the kernel shows control groups; tests name a recorded folder."""

    root: Path = Path("/sys/fs/cgroup")
    membership: Path = Path("/proc/self/cgroup")

    def limits(self) -> Limits:
        """The limits of this process's group and of those above it; raises OSError where nothing is shown."""
        groups = self._memberships()
        memory = [
            found
            for folder in self._chain(groups, "memory")
            if (found := _memory_v2(folder) or _memory_v1(folder))
        ]
        limit, used = min(memory) if memory else (None, None)
        cores = [_cores_v2(folder) or _cores_v1(folder) for folder in self._chain(groups, "cpu")]
        return Limits(limit, used, min((each for each in cores if each), default=None))

    def _memberships(self) -> dict[str, str]:
        """Controller to path; version 2 has one path for all, under the empty name."""
        paths: dict[str, str] = {}
        for line in self.membership.read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            paths |= dict.fromkeys(controllers.split(","), path)
        return paths

    def _chain(self, groups: dict[str, str], controller: str) -> list[Path]:
        """The folder of this process's group and those above it.

        Inside a container the path may be the host's, which is not shown there: then the top alone counts.
        """
        top = self.root / controller if controller in groups else self.root
        inside = groups.get(controller, groups.get("", "/")).strip("/")
        folder = top / inside
        if not inside or not folder.is_dir():
            return [top]
        return [folder, *(parent for parent in folder.parents if parent == top or top in parent.parents)]


def _memory_v2(folder: Path) -> tuple[int, int] | None:
    limit = _text(folder / "memory.max")
    if not limit or limit == "max":
        return None
    used = int(_text(folder / "memory.current") or 0)
    return int(limit), used - _statistic(folder, "inactive_file")


def _memory_v1(folder: Path) -> tuple[int, int] | None:
    limit = int(_text(folder / "memory.limit_in_bytes") or NO_LIMIT_BYTES)
    if limit >= NO_LIMIT_BYTES:
        return None
    used = int(_text(folder / "memory.usage_in_bytes") or 0)
    return limit, used - _statistic(folder, "total_inactive_file")


def _cores_v2(folder: Path) -> float | None:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    return int(quota) / int(period) if quota and quota != "max" else None


def _cores_v1(folder: Path) -> float | None:
    quota = int(_text(folder / "cpu.cfs_quota_us") or -1)
    return quota / int(_text(folder / "cpu.cfs_period_us")) if quota > 0 else None


def _statistic(folder: Path, name: str) -> int:
    """The file cache that the kernel gives back before it runs out counts as free."""
    for line in _text(folder / "memory.stat").splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
