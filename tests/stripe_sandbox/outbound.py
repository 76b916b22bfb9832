"""HTTP to the site that is being tested, and to nowhere else."""

import ipaddress
from urllib.parse import urlsplit

import urllib3

# A developer's certificate is nobody's secret; the address is this machine.
POOL = urllib3.PoolManager(cert_reqs="CERT_NONE", timeout=20, retries=False)
HEADERS = {
    "Connection": "close",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks; sandbox)",
}


def is_local(host: str) -> bool:
    """localhost, any *.localhost (RFC 6761), and loopback addresses."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(url: str, body: bytes, signature: str) -> tuple[int, str]:
    """Status and answer; status 0 when there was no answer, and then why."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not is_local(host):
        return 0, f"The sandbox sends to this machine only, not to {host}."
    # Python resolves no *.localhost: connect to the loopback address and name the host.
    address = url.replace(host, "127.0.0.1", 1) if host.endswith("localhost") else url
    headers = {**HEADERS, "Host": parts.netloc, "Stripe-Signature": signature}
    try:
        answer = POOL.request("POST", address, body=body, headers=headers)
    except urllib3.exceptions.HTTPError as problem:
        return 0, f"{type(problem).__name__}: {problem}"
    return answer.status, answer.data[:4096].decode("utf-8", "replace")
