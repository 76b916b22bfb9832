"""Several things at the same moment, on real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once(jobs):
    """Do all of these at the same moment, each on a connection of its own; return what they gave."""
    ready = threading.Barrier(len(jobs))

    def do(job):
        ready.wait()
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(do, jobs))
