"""Which encoding a file is in: found by reading it once, in constant memory."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WITHOUT_MARK = ("utf-8", "cp1252")
"""Windows-1252 is what British office systems write when they do not write UTF-8. UTF-8 is tried first: other text
that happens to be valid UTF-8 is rare."""


class UnknownEncoding(Exception):
    """The bytes are text in none of the encodings that are read."""


def encoding_of(chunks: Iterable[bytes]) -> str:
    """The codec's name: `utf-8`, `utf-8-sig`, `utf-16` or `cp1252`. Raises UnknownEncoding."""
    decoders: dict[str, codecs.IncrementalDecoder] = {}
    started = False
    for chunk in chunks:
        if not started:
            marked = [name for mark, name in _MARKS if chunk.startswith(mark)]
            decoders = {name: codecs.getincrementaldecoder(name)() for name in marked or _WITHOUT_MARK}
            started = True
        decoders = {name: decoder for name, decoder in decoders.items() if _reads(decoder, chunk, final=False)}
        if not decoders:
            raise UnknownEncoding
    decoders = {name: decoder for name, decoder in decoders.items() if _reads(decoder, b"", final=True)}
    if not decoders and started:
        raise UnknownEncoding
    return next(iter(decoders), "utf-8")


def _reads(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        return "\x00" not in decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
