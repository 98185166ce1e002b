"""What people call the platforms."""

from __future__ import annotations

import tasks

ALL = tuple(tasks.platforms())


def title(platform: str) -> str:
    """Its own spelling; one without a connector is shown as the store was given it."""
    return tasks.platforms().get(platform, platform)
