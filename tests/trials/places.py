"""The places inside the batch loop at which a worker can be hit; `faulty_worker.py` tells who passes one."""

from __future__ import annotations

from typing import Final

BEFORE_SEND: Final = "between processing and send"
BEFORE_COMMIT: Final = "between send and commit"
AFTER_COMMIT: Final = "between commit and next poll"
AFTER_FENCE: Final = "between fencing and recovery"

IN_A_BATCH: Final = (BEFORE_SEND, BEFORE_COMMIT, AFTER_COMMIT)
