"""The cache of everything that a document leads to: parsed documents, plans, arguments, SQL, introspection results."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, NamedTuple

ENTRY_BYTES = 300
"""Memory of an entry itself: its key and its place in the cache."""


class _Entry(NamedTuple):
    value: Any
    size: int
    kind: str
    dropped: Callable[[], object] | None


class ByteCache:
    """An LRU cache bounded by the approximate memory of its values, which are of several kinds.

    An entry must not keep another one's value alive, else evicting that frees nothing: use an `Owner` in its key.
    Threads may share it.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self.bytes_by_kind: dict[str, int] = {}
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any:
        """The value of a key, which becomes the most recently used one; None if there is none."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry.value

    def put(self, key: Hashable, value: Any, size: int, kind: str, dropped: Callable[[], object] | None = None) -> bool:
        """Keep a value of a kind that takes `size` bytes. `dropped` is called when it is evicted.

        Returns whether it is kept: a value that is larger than the whole cache is not.
        """
        size += ENTRY_BYTES
        if size > self.max_bytes:
            return False
        with self._lock:
            if key in self._entries:
                self._remove(key)
            self._entries[key] = _Entry(value, size, kind, dropped)
            self._count(kind, size)
            self._evict()
        return True

    def resize(self, max_bytes: int) -> None:
        """Set the bound, and evict what is beyond it at once."""
        with self._lock:
            self.max_bytes = max_bytes
            self._evict()

    def _evict(self) -> None:
        while self.bytes > self.max_bytes:
            self._remove(next(iter(self._entries)))

    def _remove(self, key: Hashable) -> None:
        entry = self._entries.pop(key)
        self._count(entry.kind, -entry.size)
        if entry.dropped is not None:
            entry.dropped()

    def _count(self, kind: str, size: int) -> None:
        self.bytes += size
        self.bytes_by_kind[kind] = self.bytes_by_kind.get(kind, 0) + size


class View:
    """The entries of one kind as a mapping, for SQLAlchemy."""

    def __init__(self, cache: ByteCache, kind: str, size_of: Callable[[Any], int]) -> None:
        self._cache = cache
        self._kind = kind
        self._size_of = size_of

    def get(self, key: Hashable) -> Any:
        """The value of a key, None if there is none."""
        return self._cache.get((self._kind, key))

    def __setitem__(self, key: Hashable, value: Any) -> None:
        self._cache.put((self._kind, key), value, self._size_of(value), self._kind)


class Owner:
    """Stands for an object in the keys of what belongs to it, and does not keep it alive."""

    __slots__ = ()


CACHE = ByteCache(64_000_000)
"""The cache of this process. The server sets its bound to JOBBOT_MAX_CACHED_BYTES."""
