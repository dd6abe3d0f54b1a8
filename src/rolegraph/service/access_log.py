"""One line of JSON for each request, for machines that read logs."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TextIO

from rolegraph.service.exchange import Reply, Request


class AccessLog:
    """Writes lines to a file. Queries are not logged: they may hold what is nobody else's business."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def write(
        self,
        request: Request,
        reply: Reply,
        request_id: str,
        seconds: float,
        size_bytes: int,
        error: BaseException | None,
    ) -> None:
        """Log a request whose reply was sent, or broke off."""
        record = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id,
            "client": request.client,
            "method": request.method,
            "path": request.path,
            "status": reply.status,
            "bytes": size_bytes,
            "seconds": round(seconds, 6),
            "cache": reply.is_from_cache,
        }
        if error is not None:
            record["broke_off"] = str(error) or type(error).__name__
        line = json.dumps(record, ensure_ascii=False)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
