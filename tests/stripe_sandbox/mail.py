"""The demo's mail: what Django's file-based backend wrote, as messages to read."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

SEPARATOR = b"-" * 79 + b"\n"
NEWEST = 200


def read_all(folder: Path | None) -> list[dict[str, Any]]:
    """Newest first. A file holds all the messages that one connection sent."""
    if folder is None or not folder.is_dir():
        return []
    found = []
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[:NEWEST]:
        if file.is_file():
            parts = file.read_bytes().split(SEPARATOR)
            found += [read(part) for part in reversed(parts) if part.strip()]
    return found[:NEWEST]


def read(raw: bytes) -> dict[str, Any]:
    message = message_from_bytes(raw, policy=policy.default)
    if not isinstance(message, EmailMessage):
        return {"subject": "", "text": raw.decode("utf-8", "replace")}
    body = message.get_body(("plain", "html"))
    return {
        "subject": str(message["Subject"] or ""),
        "from": str(message["From"] or ""),
        "to": str(message["To"] or ""),
        "date": str(message["Date"] or ""),
        "text": str(body.get_content()) if body else "",
    }
