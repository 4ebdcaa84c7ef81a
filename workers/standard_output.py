"""Standard output that says of a failure that it was its own: an `OSError` alone does not tell which file failed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO, cast


class StandardOutputProblem(Exception):
    """Standard output cannot be written, as on a full disk.  A reader that has gone away is no such problem."""


class _Told:
    """Passes all on to the stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _telling():
            return self._stream.write(text)

    def flush(self) -> None:
        with _telling():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StandardOutputProblem(f"standard output: {error.strerror or error}") from error


def run(program: Callable[[], None]) -> None:
    """Run a program that ends with SystemExit.  A failure of standard output is one sentence and exit code 2."""
    stream = cast("TextIO | None", sys.stdout)  # there is none where it was closed before the start
    if stream is None:
        return program()
    sys.stdout = cast(TextIO, _Told(stream))
    try:
        try:
            program()
        finally:
            sys.stdout.flush()  # what still waits would otherwise fail when nobody can tell of it
    except StandardOutputProblem as problem:
        _give_up(stream)
        print(f"b12watch: {problem}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        _give_up(stream)
        sys.exit(1)


def _give_up(stream: TextIO) -> None:
    """What the stream still holds goes nowhere: Python would try to write it once more at the very end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
