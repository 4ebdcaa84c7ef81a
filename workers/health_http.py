"""`/healthz`, `/readyz` and `/metrics` of the workers in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from mode import Service
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from workers.watch import Watch


class HealthService(Service):
    """Answers on `port` while the process runs; others look at the workers."""

    def __init__(self, watches: Sequence[Watch], registry: CollectorRegistry, port: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._watches = watches
        self._registry = registry
        self._port = port
        self._open = contextlib.AsyncExitStack()

    async def on_start(self) -> None:
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
