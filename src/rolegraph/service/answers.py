"""A run request in, its reply out: tags, 304, cache, coding and limits are the same for all of them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from rolegraph.endpoint.run import Answer, RunRequest
from rolegraph.errors import AnswerTooLarge
from rolegraph.service.backend import Backend
from rolegraph.service.cache import RecordedStream, ResultCache, Stored
from rolegraph.service.coding import MIN_BYTES, Coding, CompressedStream, choose_coding, compress
from rolegraph.service.exchange import Pending, Reply, Request, Stream
from rolegraph.service.metrics import Metrics

_TAG_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may hold; None is no limit."""

    max_rows: int | None = None
    max_bytes: int | None = None


class BoundedStream(Iterator[bytes]):
    """A stream that breaks off with an error rather than go on past a number of bytes."""

    def __init__(self, source: Stream, max_bytes: int) -> None:
        self._source = source
        self._left = max_bytes
        self._max_bytes = max_bytes

    def __next__(self) -> bytes:
        piece = next(self._source)
        self._left -= len(piece)
        if self._left < 0:
            self._source.close()
            raise AnswerTooLarge(
                f"the answer has more than {self._max_bytes:,} bytes; ask for less with LIMIT and OFFSET"
            )
        return piece

    def close(self) -> None:
        """Give up the rest."""
        self._source.close()


class Answering:
    """Runs requests on a backend and turns answers into replies."""

    def __init__(
        self, backend: Backend, cache: ResultCache, metrics: Metrics, limits: Limits, *, is_private: bool
    ) -> None:
        self._backend = backend
        self._cache = cache
        self._metrics = metrics
        self._limits = limits
        self._cache_control = "private, no-cache" if is_private else "no-cache"

    def reply(
        self,
        request: Request,
        run: RunRequest,
        *,
        is_repeatable: bool,
        announced: Mapping[str, str] | None = None,
    ) -> Reply | Pending:
        """Answer from the cache, by 304, or by what is still to run.

        Args:
            request: where the conditions and codings come from.
            run: what to run.
            is_repeatable: whether the same data gives the same bytes, so that the reply gets a tag.
            announced: headers that say what was done to the question.
        """
        coding = choose_coding(request.header("accept-encoding"))
        key = _digest(run)
        generation = self._backend.generation_of(run)
        if is_repeatable and generation:
            etag = _etag(generation, key, coding)
            if matches(request.header("if-none-match"), etag):
                self._metrics.count_cache("not_modified")
                return not_modified(etag, self._cache_control)
            stored = self._cache.get(etag)
            if stored is not None:
                self._metrics.count_cache("hit")
                return stored_reply(stored)
        started = time.perf_counter()
        headers = dict(announced or {})
        if self._limits.max_bytes is not None:
            headers["Rolegraph-Max-Bytes"] = str(self._limits.max_bytes)

        def reply(answer: Answer) -> Reply:
            kept_key = key if is_repeatable and answer.generation else ""
            reply = self._respond(answer, headers, kept_key, coding)
            reply.headers["Server-Timing"] = f"run;dur={1000 * (time.perf_counter() - started):.2f}"
            return reply

        return Pending(run, reply)

    def _respond(self, answer: Answer, headers: dict[str, str], key: str, coding: Coding) -> Reply:
        headers |= {"Content-Type": answer.content_type, "Vary": "Accept, Accept-Encoding"}
        headers["Cache-Control"] = self._cache_control if key else "no-store"
        if coding != "identity":
            headers["Content-Encoding"] = coding
        etag = _etag(answer.generation, key, coding)
        if answer.is_whole:
            body = b"".join(answer)
            if len(body) < MIN_BYTES:
                headers.pop("Content-Encoding", None)
                packed = body
            else:
                packed = compress(body, coding)
            if key:
                self._metrics.count_cache("miss")
                self._keep(Stored(etag, tuple(headers.items()), packed))
                headers["ETag"] = etag
            return Reply(headers=headers, body=packed)
        return self._stream(answer, headers, etag if key else "", coding)

    def _stream(self, answer: Answer, headers: dict[str, str], etag: str, coding: Coding) -> Reply:
        """Streamed bytes get a weak tag: nothing promises yet that there will be all of them."""
        stream: Stream = answer
        if self._limits.max_bytes is not None:
            stream = BoundedStream(stream, self._limits.max_bytes)
        if coding != "identity":
            stream = CompressedStream(stream, coding)
        if etag:
            self._metrics.count_cache("miss")
            kept = tuple(headers.items())
            headers["ETag"] = f"W/{etag}"
            stream = RecordedStream(
                stream, self._cache.max_entry_bytes, lambda body: self._keep(Stored(etag, kept, body))
            )
        return Reply(headers=headers, body=stream)

    def _keep(self, stored: Stored) -> None:
        self._cache.put(stored)


def _etag(generation: str, key: str, coding: Coding) -> str:
    return f'"{generation}-{key}-{coding}"'


def _digest(run: RunRequest) -> str:
    """The part of a tag that names the question: the query, its dataset and the formats."""
    fields = (
        run.query,
        run.default_graphs,
        run.named_graphs,
        run.solutions and run.solutions.content_type,
        run.graph and run.graph.content_type,
        run.whole_graph,
        run.base_iri,
    )
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()[:_TAG_DIGITS]


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a client has what a tag names (RFC 9110 section 13.1.2: the comparison is weak)."""
    if not if_none_match:
        return False
    known = {item.strip().removeprefix("W/") for item in if_none_match.split(",")}
    return etag in known or "*" in known


def not_modified(etag: str, cache_control: str) -> Reply:
    """The reply that says: what you have is still right."""
    headers = {"ETag": etag, "Cache-Control": cache_control, "Vary": "Accept, Accept-Encoding"}
    return Reply(status=304, headers=headers)


def stored_reply(stored: Stored) -> Reply:
    """A kept reply, as it was."""
    headers = dict(stored.headers) | {"ETag": stored.etag, "Server-Timing": "cache;desc=hit"}
    return Reply(headers=headers, body=stored.body, is_from_cache=True)
