"""A TCP proxy that can be cut and held: what lies between a worker and its broker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CHUNK = 64 * 1024


class Proxy:
    """Passes everything on, both ways.  Cut: connections are reset, new ones refused.  Held: they stay in silence."""

    def __init__(self, port: int, target_port: int) -> None:
        self._port, self._target_port = port, target_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.passed = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "localhost", self._port)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    def hold(self) -> None:
        self._flows.clear()

    def let_go(self) -> None:
        self._flows.set()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, to_there = await asyncio.open_connection("localhost", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, to_there}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._one_way(reader, to_there))
                both.create_task(self._one_way(there, writer))
        finally:
            self._open -= {writer, to_there}

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._flows.wait()
                writer.write(chunk)
                await writer.drain()
                self.passed += len(chunk)
        writer.transport.abort()


@asynccontextmanager
async def proxy_between(port: int, target_port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port, target_port)
    await proxy.mend()
    try:
        yield proxy
    finally:
        proxy.let_go()
        await proxy.cut()
