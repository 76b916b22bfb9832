"""Reads the demo's content files: a head in TOML, then the text in a little Markdown.

The text knows paragraphs, `## headings`, `- lists`, `> quotations` with `> — who said it`,
`**bold**`, `*italic*`, and the line `--- paywall ---` for the paywall divider.
"""

import html
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent / "content"
HEAD = re.compile(r"\A\+\+\+\n(.*?)\n\+\+\+\n(.*)\Z", re.DOTALL)
PAYWALL = "--- paywall ---"

Block = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Article:
    """One content file; `body` is what a StreamField takes."""

    slug: str
    title: str
    section: str
    access: str
    author: str
    days_ago: int
    motif: str
    tags: list[str]
    introduction: str
    body: list[Block]


def read_publication(tenant: str) -> dict[str, Any]:
    """Return the tenant's `publication.toml`."""
    return tomllib.loads((CONTENT / tenant / "publication.toml").read_text(encoding="utf-8"))


def read_articles(tenant: str) -> list[Article]:
    """Return the tenant's articles, oldest first."""
    articles = [read_article(path) for path in (CONTENT / tenant).glob("*.md")]
    return sorted(articles, key=lambda article: (-article.days_ago, article.slug))


def read_article(path: Path) -> Article:
    """Return one article; raises ValueError where the head is missing."""
    parts = HEAD.match(path.read_text(encoding="utf-8"))
    if parts is None:
        raise ValueError(f"{path} has no head between two lines of +++.")
    head = tomllib.loads(parts[1])
    return Article(slug=path.stem, body=body_of(parts[2]), **head)


def body_of(text: str) -> list[Block]:
    """Return the blocks of a text: runs of rich text, quotations, the divider."""
    blocks: list[Block] = []
    rich: list[str] = []

    def finish_rich_text() -> None:
        if rich:
            blocks.append({"type": "paragraph", "value": "".join(rich)})
            rich.clear()

    for part in re.split(r"\n{2,}", text.strip()):
        if part == PAYWALL:
            finish_rich_text()
            blocks.append({"type": "paywall", "value": None})
        elif part.startswith("> "):
            finish_rich_text()
            blocks.append({"type": "quote", "value": quotation(part)})
        else:
            rich.append(rich_text(part))
    finish_rich_text()
    return blocks


def quotation(part: str) -> dict[str, str]:
    """Return the quotation block's value."""
    lines = [line.removeprefix("> ") for line in part.splitlines()]
    said_by = [line.removeprefix("— ") for line in lines if line.startswith("— ")]
    said = [line for line in lines if not line.startswith("— ")]
    return {"text": " ".join(said), "attribution": " ".join(said_by)}


def rich_text(part: str) -> str:
    """Return a paragraph, heading or list as Wagtail's rich text."""
    if part.startswith("## "):
        return f"<h2>{inline(part.removeprefix('## '))}</h2>"
    if part.startswith("- "):
        items = "".join(f"<li>{inline(line[2:])}</li>" for line in part.splitlines())
        return f"<ul>{items}</ul>"
    return f"<p>{inline(part)}</p>"


def inline(text: str) -> str:
    """Return one line of text with bold and italic, everything else escaped."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    escaped = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escaped)
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", escaped)
