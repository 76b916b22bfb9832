"""Django's cache in the process's own memory, for what nobody changes."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache


class LocMemCacheOfFrozen(LocMemCache):
    """Hands out the very objects that it was given, by `get` and `set`.

    Django's own pickles each of them, and unpickles it for each reader: an eighth of the CPU time
    of a page that comes from it. So whatever is put here must never be changed again.
    """

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        key = self.make_key(key, version=version)
        with self._lock:
            if self._has_expired(key):
                self._delete(key)
                return default
            self._cache.move_to_end(key, last=False)
            return self._cache[key]

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> None:
        key = self.make_key(key, version=version)
        with self._lock:
            self._set(key, value, timeout)
