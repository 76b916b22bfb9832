"""Judging an answer: what it lets through, and what caches are told (rules G3 and G4)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlsplit

from home.leak_check.asking import Answer
from home.leak_check.hidden import Hidden, HiddenPage
from home.leak_check.questions import Question
from home.leak_check.readers import PRO_HERE, TEAM_HERE
from home.leak_check.words import phrases_in, phrases_said
from membership.access import Access

IMAGE_ADDRESS = re.compile(r"/images/[^/\s]+/(\d+)/")
MIDDLE = re.compile(r".*<main\b(.*)</main>.*", re.DOTALL)
DOCUMENT_ADDRESS = re.compile(r"/documents/(\d+)/")
# What stands in a closed page where the tenant's team reads on, and in no page of anybody else's.
TEAM_NOTE = 'class="team-note"'


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong, said in one line."""

    kind: str
    asked: str
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.asked}: {self.detail}"


class Judge:
    """Knows what a tenant hides, and looks for it in answers."""

    def __init__(self, hidden: Hidden) -> None:
        self.hidden = hidden
        # The same wall is met many times.
        self.read: dict[int, list[tuple[HiddenPage, str]]] = {}
        self.unsearched = [
            hiding for hiding in hidden.pages if not hiding.phrases and not hiding.files
        ]

    def judge(self, question: Question, answer: Answer) -> Iterator[Finding]:
        """Yield whatever is wrong with an answer."""
        for hiding, what in self.found_in(without_echo(answer.text, question.path)):
            if not self.is_due(question, hiding, what):
                yield self.finding("leak", question, f"shows “{what}”, hidden in {hiding}")
        # The frame of every page names standing pages; what was found stands in its middle.
        if question.must_not_name and question.must_not_name in MIDDLE.sub(r"\1", answer.text):
            yield self.finding("oracle", question, f"names {question.must_not_name}")
        if question.must_be_refused and answer.status == 200:
            yield self.finding("leak", question, "answers the file")
        if question.reader.audience != TEAM_HERE and TEAM_NOTE in answer.text:
            yield self.finding("leak", question, "shows the page that was made for the team")
        yield from self.judge_caching(question, answer)
        if question.reader.audience in {PRO_HERE, TEAM_HERE} and question.page is not None:
            yield from self.judge_control(question, question.page, answer)
            return
        if question.surface == "page" and (answer.wanted_to_write or answer.status >= 500):
            why = f"failed with status {answer.status}"
            if answer.wanted_to_write:
                why = "wanted to write; open the page in a browser once, then check again"
            yield self.finding("unchecked", question, why)

    def found_in(self, text: str) -> list[tuple[HiddenPage, str]]:
        """Return what is hidden somewhere and stands in this text, one find for each page."""
        key = hash(text)
        if key not in self.read:
            found: dict[HiddenPage, str] = {}
            for phrase in phrases_said(text) & self.hidden.by_phrase.keys():
                for hiding in self.hidden.by_phrase[phrase]:
                    found.setdefault(hiding, phrase)
            for kind, pattern in (("image", IMAGE_ADDRESS), ("document", DOCUMENT_ADDRESS)):
                for number in pattern.findall(text):
                    for hiding in self.hidden.files.get((kind, number), ()):
                        found.setdefault(hiding, f"{kind} {number}")
            self.read[key] = list(found.items())
        return self.read[key]

    def is_due(self, question: Question, hiding: HiddenPage, what: str) -> bool:
        """Return whether this reader may read that here: on a page that has it and is open to him."""
        if what in self.brought_along(question):
            return True
        own = question.page
        if own is None or question.site != self.hidden.site:
            return False
        if question.reader.audience not in own.readers:
            return False
        return own.page.pk == hiding.page.pk or what in own.phrases

    def brought_along(self, question: Question) -> set[str]:
        """Return what the asker's own address says: an answer that repeats it tells nothing."""
        files = {f"image {key}" for key in IMAGE_ADDRESS.findall(question.path)}
        files |= {f"document {key}" for key in DOCUMENT_ADDRESS.findall(question.path)}
        return files | phrases_in(unquote_plus(question.path))

    def judge_caching(self, question: Question, answer: Answer) -> Iterator[Finding]:
        """Yield what is wrong with the cache headers of a gated page, its wall, or a hidden file."""
        own = question.page
        is_gated = (
            own is not None
            and own.page.live
            and getattr(own.page, "access", Access.PUBLIC) != Access.PUBLIC
        )
        if question.method not in {"GET", "HEAD"} or not (is_gated or question.must_not_be_kept):
            return
        if answer.status not in {200, 206, 302}:
            return
        if answer.status == 302 and is_gated:
            return
        kept = answer.headers.get("Cache-Control", "")
        if not {"private", "no-store"} <= {part.strip() for part in kept.split(",")}:
            yield self.finding("cache", question, f"Cache-Control is “{kept}”")
        vary = answer.headers.get("Vary", "")
        if "cookie" not in {part.strip().lower() for part in vary.split(",")}:
            yield self.finding("cache", question, f"Vary is “{vary}”, without Cookie")
        if "ETag" in answer.headers or "Last-Modified" in answer.headers:
            yield self.finding("cache", question, "has an ETag or Last-Modified")

    def judge_control(
        self, question: Question, own: HiddenPage, answer: Answer
    ) -> Iterator[Finding]:
        """Yield a page whose hidden words not even those see who may: there the check is blind.

        The team's has the note as well, without which it is one that was made for somebody else.
        """
        if question.reader.audience not in own.readers or not own.phrases or answer.wanted_to_write:
            return
        if not own.phrases & phrases_said(answer.text):
            yield self.finding(
                "blind", question, f"nothing hidden is found; status {answer.status}"
            )
        elif question.reader.audience == TEAM_HERE and TEAM_NOTE not in answer.text:
            yield self.finding("blind", question, "is a page that was made for somebody else")

    def finding(self, kind: str, question: Question, detail: str) -> Finding:
        return Finding(kind=kind, asked=str(question), detail=detail)


def without_echo(text: str, path: str) -> str:
    """Return an answer without what the asker typed himself, which would run into other words."""
    for _name, value in parse_qsl(urlsplit(path).query):
        if " " in value:
            text = text.replace(escape(value), "(asked)").replace(quote_plus(value), "(asked)")
    return text
