"""HTTP to the site that is being tested, and to nowhere else."""

import http.client
import ipaddress
import ssl
from urllib.parse import urlsplit

TIMEOUT = 20


def is_local(host: str) -> bool:
    """localhost, any *.localhost (RFC 6761), and loopback addresses."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Status and answer; status 0 when there was no answer, and then why."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not is_local(host):
        return 0, f"The sandbox sends to this machine only, not to {host}."
    # Python resolves no *.localhost: connect to the loopback address and name the host.
    address = "127.0.0.1" if host.endswith("localhost") else host
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        # A developer's certificate is nobody's secret; the address is this machine.
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(
            address, parts.port, timeout=TIMEOUT, context=context
        )
    else:
        connection = http.client.HTTPConnection(address, parts.port, timeout=TIMEOUT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {
        "Host": parts.netloc,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks; sandbox)",
        **headers,
    }
    try:
        connection.request("POST", path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.read(4096).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as problem:
        return 0, f"{type(problem).__name__}: {problem}"
    finally:
        connection.close()
