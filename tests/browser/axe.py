"""axe, which judges whether everybody can use a page; `make judges` fetches it from npm."""

from pathlib import Path

SCRIPT = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
# https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASK = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"


def faults_of(page):
    """Return what axe finds on the page as it stands, as lines."""
    page.evaluate(SCRIPT.read_text())
    return [
        f"{page.url}: {fault['id']} ({fault['impact']}): {node['html'][:160]}: "
        f"{' '.join(node['failureSummary'].split())}"
        for fault in page.evaluate(ASK, TAGS)["violations"]
        for node in fault["nodes"]
    ]
