"""How gunicorn serves the site; every number can be set from the environment.

https://gunicorn.org/reference/settings/
"""

import os


def number(name: str, default: int) -> int:
    """Return a whole number from the environment."""
    return int(os.environ.get(name, default))


bind = os.environ.get("BIND", "0.0.0.0:8000")

# SQLite wants one process with threads: two processes wait for each other's writes asleep.
# PostgreSQL wants a process a core; set WEB_CONCURRENCY to it.
workers = number("WEB_CONCURRENCY", 1)
# A thread waits where Stripe is asked, so there are more of them than cores.
threads = number("WEB_THREADS", 8)
worker_class = "gthread"

# Longer than the longest wait for Stripe (5 s and one retry), shorter than a reader's patience.
timeout = number("WEB_TIMEOUT", 30)
# A webhook that has begun is finished before its worker goes.
graceful_timeout = number("WEB_GRACEFUL_TIMEOUT", 30)
# Behind a load balancer a connection must outlive the balancer's own idle limit (often 60 s).
keepalive = number("WEB_KEEPALIVE", 75)

# A worker is replaced now and then, not all at once, so that a slow leak never becomes an outage.
max_requests = number("WEB_MAX_REQUESTS", 50_000)
max_requests_jitter = max_requests // 10

# Heartbeats through memory: a container's /tmp may be a slow disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Django refuses a forged scheme by itself (BEHIND_PROXY); gunicorn shouldn't guess either.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
# The site stands at the root of its host. By a SCRIPT_NAME of a visitor's, which some proxies hand
# on, one page would answer at another's address.
forwarder_headers = ""

# Its socket for commands lies in the home folder, one for all sites of a user; signals do as well.
control_socket_disable = True

accesslog = "-" if os.environ.get("ACCESS_LOG") else None
errorlog = "-"
