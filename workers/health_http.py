"""`/healthz`, `/readyz` and `/metrics` of the workers in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from workers.watch import LOOK_S, Watch


class HealthService(Service):
    """Looks at the workers every few seconds; answers on `port` (None: nobody asks, and what is wrong is logged)."""

    def __init__(self, watches: Sequence[Watch], registry: CollectorRegistry, port: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._watches = watches
        self._registry = registry
        self._port = port
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for watch in watches:
            for job in (watch.look, watch.tell):
                self._scheduler.add_job(job, "interval", seconds=LOOK_S, coalesce=True, max_instances=1)
        self._open = contextlib.AsyncExitStack()

    async def on_start(self) -> None:
        self._scheduler.start()
        if self._port is None:
            return
        app = web.Application()
        app.add_routes(
            [
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, port=self._port).start()

    async def on_stop(self) -> None:
        self._scheduler.shutdown(wait=False)
        await self._open.aclose()

    async def _healthz(self, _request: web.Request) -> web.Response:
        """200 while every worker of this process gets on; else 503 and why not."""
        return _answer({watch.name: watch.problems() for watch in self._watches}, "getting on")

    async def _readyz(self, _request: web.Request) -> web.Response:
        """200 when every worker has taken over what it was given; else 503 and what is missing."""
        return _answer({watch.name: watch.unready() for watch in self._watches}, "ready")

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _answer(problems: dict[str, list[str]], fine: str) -> web.Response:
    status = 503 if any(problems.values()) else 200
    return web.json_response({name: found or fine for name, found in problems.items()}, status=status)
