"""Content codings: which one a client takes, and bytes compressed whole or as they come."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, Literal, Protocol, cast

import zstandard

from rolegraph.service.exchange import Stream

Coding = Literal["identity", "gzip", "zstd"]
_OFFERED: Final[tuple[Coding, ...]] = ("zstd", "gzip")
_GZIP_LEVEL: Final = 4
_ZSTD_LEVEL: Final = 3
_GZIP_WINDOW: Final = 31
MIN_BYTES: Final = 1024
"""A body of fewer bytes is sent as it is."""


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def choose_coding(accept_encoding: str) -> Coding:
    """Choose by an Accept-Encoding header (RFC 9110 section 12.5.3); without one, nothing is compressed.

    >>> choose_coding("gzip, zstd;q=0.5"), choose_coding("br"), choose_coding("zstd;q=0, *")
    ('gzip', 'identity', 'gzip')
    """
    if not accept_encoding:
        return "identity"
    qualities: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        name, _, parameter = item.partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            continue
        qualities[name.strip()] = quality
    best: Coding = "identity"
    best_quality = 0.0
    for coding in _OFFERED:
        quality = qualities.get(coding, qualities.get("*", 0.0))
        if quality > best_quality:
            best, best_quality = coding, quality
    return best


def _compressor(coding: Coding) -> _Compressor:
    if coding == "gzip":
        return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return cast("_Compressor", zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj())


def compress(data: bytes, coding: Coding) -> bytes:
    """All of a body, compressed; gzip's time stamp is 0, so that the same bytes give the same bytes."""
    if coding == "identity":
        return data
    compressor = _compressor(coding)
    return compressor.compress(data) + compressor.flush()


class CompressedStream(Iterator[bytes]):
    """A stream, compressed as it comes."""

    def __init__(self, source: Stream, coding: Coding) -> None:
        self._source = source
        self._compressor: _Compressor | None = _compressor(coding)

    def __next__(self) -> bytes:
        while self._compressor is not None:
            try:
                piece = self._compressor.compress(next(self._source))
            except StopIteration:
                piece, self._compressor = self._compressor.flush(), None
            if piece:
                return piece
        raise StopIteration

    def close(self) -> None:
        """Give up the rest."""
        self._source.close()
