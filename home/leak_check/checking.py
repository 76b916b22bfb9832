"""One run of the leak check over a tenant."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from wagtail.models import Site

from home.leak_check.asking import Asker, quietly
from home.leak_check.hidden import Hidden, HiddenPage
from home.leak_check.judging import Finding, Judge
from home.leak_check.questions import Questions
from home.leak_check.routes import unlisted_routes


@dataclass(kw_only=True)
class Report:
    """What was asked of a tenant, and what is wrong."""

    tenant: str
    pages: int = 0
    phrases: int = 0
    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    without_phrases: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return the report as values that JSON knows."""
        findings = [vars(finding) for finding in self.findings]
        return {**vars(self), "findings": findings, "passed": not self.findings}


def chosen_pages(hidden: Hidden, paths: list[str]) -> list[HiddenPage]:
    """Return the gated or unpublished pages at these paths or URLs; `LookupError` for any other."""
    by_path = {hiding.path: hiding for hiding in [*hidden.guarded, *hidden.pages]}
    wanted = [f"/{urlsplit(path).path.strip('/')}/" for path in paths]
    for path in wanted:
        if path not in by_path:
            raise LookupError(path)
    return [by_path[path] for path in wanted]


def check_routes() -> list[Finding]:
    """Return a finding for each route that is in neither list."""
    return [
        Finding(
            kind="route",
            asked=route.text,
            detail="is in neither list of home.leak_check.routes",
        )
        for route in unlisted_routes()
    ]


def check_tenant(
    site: Site,
    *,
    paths: list[str] | None = None,
    quick: bool = False,
    surface: str = "",
    on_progress: Callable[[int, int], object] = lambda done, of: None,
) -> Report:
    """Return what is wrong at a tenant; `paths` narrows the run to these closed pages, `quick`
    to plain addresses (no odd spellings, none of the admin's routes), `surface` to routes
    that begin so.

    Raises `LookupError` where a path is no closed page's. Writes nothing.
    """
    hidden = Hidden(site)
    only = chosen_pages(hidden, paths) if paths else None
    judge = Judge(hidden)
    asker = Asker()
    questions = [
        question
        for question in Questions(hidden, only=only, quick=quick)
        if question.surface.startswith(surface)
    ]
    report = Report(
        tenant=site.hostname,
        pages=len(only if only is not None else hidden.pages),
        phrases=len(hidden.by_phrase),
        without_phrases=[str(hiding) for hiding in judge.unsearched],
    )
    with quietly():
        for question in questions:
            answer = asker.ask(
                question.reader,
                question.site,
                question.path,
                method=question.method,
                headers=question.headers,
            )
            report.requests += 1
            report.statuses[answer.status] = report.statuses.get(answer.status, 0) + 1
            report.findings.extend(judge.judge(question, answer))
            on_progress(report.requests, len(questions))
    return report
