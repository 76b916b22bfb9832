"""Our cache backends: Redis, which keeps its clients and may be away; and the process's own memory.

Django makes a client for each call, and each client a table of 170 functions: a third of the CPU
time of a page that comes from the cache. A client may be shared; the connections are its pool's.
https://redis.readthedocs.io/en/stable/connections.html
"""

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.cache.backends import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswer

logger = logging.getLogger(__name__)

# What is raised where nobody answers, unlike an answer that says no.
AWAY = (NoConnection, NoAnswer)

# Seconds for which a process doesn't ask again for copies, since each reader would wait for it.
LEFT_ALONE = 5
# By server, until when.
_left_alone: dict[str, float] = {}


class RedisCacheClient(redis.RedisCacheClient):
    """Makes one client for each pool of connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._client = cache(self._client)


class RedisCache(redis.RedisCache):
    """The backend of `CACHE_URL=redis://…`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._class = RedisCacheClient


class RedisCacheOfCopies(RedisCache):
    """For copies of what stands in the database: a Redis that is away has none, and fails nobody."""

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self.asked(super().get, key, default, version, otherwise=default)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return self.asked(super().get_many, keys, version, otherwise={})

    def has_key(self, key: Any, version: Any = None) -> Any:
        return self.asked(super().has_key, key, version, otherwise=False)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self.asked(super().set, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self.asked(super().set_many, *args, otherwise=[], **kwargs)

    def delete(self, key: Any, version: Any = None) -> Any:
        return self.asked(super().delete, key, version, otherwise=False)

    def asked(
        self, ask: Callable[..., Any], *args: Any, otherwise: Any = None, **kwargs: Any
    ) -> Any:
        """Return the answer of Redis, or what stands for it where none comes.

        While it is away one thread asks now and then, and the others go on without.
        """
        server, now = str(self._servers), time.monotonic()
        until = _left_alone.get(server)
        if until is not None:
            if now < until:
                return otherwise
            _left_alone[server] = now + LEFT_ALONE
        try:
            answer = ask(*args, **kwargs)
        except RedisError as error:
            if isinstance(error, AWAY):
                _left_alone[server] = time.monotonic() + LEFT_ALONE
            logger.warning("Redis can't be reached, the database is asked instead: %s", error)
            return otherwise
        _left_alone.pop(server, None)
        return answer


class RedisCacheOfSessions(RedisCacheOfCopies):
    """Keeps copies for a minute: one that couldn't be deleted when its session ended goes by itself."""

    LONGEST = 60

    def set(
        self, key: Any, value: Any, timeout: Any = None, version: Any = None, **kwargs: Any
    ) -> None:
        seconds = self.LONGEST if timeout is None else min(timeout, self.LONGEST)
        super().set(key, value, seconds, version, **kwargs)


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
