"""What is done every few seconds goes on when the clock on the wall is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import apscheduler.schedulers.base
import pytest

from workers import app
from workers.app import PeriodicService


@pytest.mark.parametrize("step", [timedelta(days=-1), timedelta(days=365)])
async def test_a_clock_that_is_set_stops_nothing(step: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_by = timedelta()

    class Wall(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + wrong_by

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Wall)
    monkeypatch.setattr(app, "system_clock", lambda: Wall.now(UTC))
    times = 0

    async def once() -> None:
        nonlocal times
        times += 1

    service = PeriodicService("look", once, 0.05)
    await service.start()
    try:
        await asyncio.sleep(0.3)
        assert times
        wrong_by, before = step, times
        await asyncio.sleep(0.6)
        assert times >= before + 3
    finally:
        await service.stop()
