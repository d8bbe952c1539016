"""What the examiner and a worker say to each other: arrays in frames of a fixed form, over a socket.

A frame is a header of fixed length and then exactly the bytes of one array. Nothing in it is interpreted, and nothing
is longer than the reader has said beforehand. Imported by the worker too, where this package is not to be seen.
"""

from __future__ import annotations

import math
import socket
import struct
import time

import numpy as np

HEADER = struct.Struct("<4s4sI4Q")  # magic, dtype, number of dimensions, dimensions
MAGIC = b"tt1\n"
DTYPES = ("<f4", "<f8", "<i8", "<i4")
MOST_DIMENSIONS = 4
CHUNK = 1 << 20
READY = np.zeros(0, "<f4")  # a worker's first frame: it has loaded


class ProtocolError(ValueError):
    """What came is no frame, or not the one that was asked for; a sentence says what."""


def pack(array: np.ndarray) -> tuple[bytes, bytes]:
    """The header, and the bytes of an array; little-endian, whatever this machine is."""
    array = np.ascontiguousarray(array)
    kind = array.dtype.newbyteorder("<").str
    if kind not in DTYPES or array.ndim > MOST_DIMENSIONS:
        raise ProtocolError(f"an array of {array.ndim} dimensions of {array.dtype} cannot be sent")
    shape = [*array.shape, *[0] * (MOST_DIMENSIONS - array.ndim)]
    return HEADER.pack(MAGIC, kind.encode().ljust(4, b"\0"), array.ndim, *shape), array.astype(kind).tobytes()


def send(channel: socket.socket, array: np.ndarray) -> None:
    for part in pack(array):
        channel.sendall(part)


def receive(
    channel: socket.socket, largest: int, deadline: float | None = None, exactly: np.ndarray | None = None
) -> np.ndarray | None:
    """The next array, at most `largest` bytes; None where the other side has closed instead.

    `deadline` is a moment of time.monotonic(); TimeoutError after it. `exactly`: ProtocolError unless the array has
    the shape and the type of this one.
    """
    head = read_exactly(channel, HEADER.size, deadline)
    if head is None:
        return None
    shape, kind = parse(head, largest)
    if exactly is not None and (shape, kind) != (exactly.shape, exactly.dtype):
        raise ProtocolError(f"the answer is an array {shape} of {kind}, not {exactly.shape} of {exactly.dtype}")
    data = read_exactly(channel, math.prod(shape) * kind.itemsize, deadline)
    if data is None:
        raise ProtocolError("the answer ended in its middle")
    return np.frombuffer(data, kind).reshape(shape)


def parse(head: bytes, largest: int) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of what follows a header."""
    magic, kind, dimensions, *sizes = HEADER.unpack(head)
    name = kind.rstrip(b"\0").decode("ascii", "replace")
    if magic != MAGIC or name not in DTYPES or dimensions > MOST_DIMENSIONS:
        raise ProtocolError("what came is no answer in the form that was agreed")
    shape = tuple(sizes[:dimensions])
    if math.prod(shape) * np.dtype(name).itemsize > largest:
        raise ProtocolError(f"the answer would have {math.prod(shape):,} elements")
    return shape, np.dtype(name)


def read_exactly(channel: socket.socket, count: int, deadline: float | None) -> bytes | None:
    """That many bytes and not one more; None if there are none at all."""
    buffer = bytearray(count)
    view, filled = memoryview(buffer), 0
    while filled < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            channel.settimeout(left)
        try:
            got = channel.recv_into(view[filled : filled + CHUNK])
        except ConnectionError:
            got = 0
        if not got:
            if filled:
                raise ProtocolError("the answer ended in its middle")
            return None
        filled += got
    return bytes(buffer)
