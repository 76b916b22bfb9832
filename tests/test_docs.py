"""What the documents say of the code is there."""

import ast
import re

from tests.test_sources import ROOT

NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|html|toml|yaml|css|sh))`")
ANSWER = re.compile(r"`([\w/]+\.py)`: ((?:`[\w.]+`(?:, )?)+)")


def names_in(file):
    """Return the functions, classes, methods (with their class) and constants of a file."""
    found = set()
    for node in ast.parse((ROOT / file).read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        found |= {one.id for one in targets if isinstance(one, ast.Name)}
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{one.name}" for one in node.body if hasattr(one, "name")}
    return found


# Where paths in the documents begin; those of tenants leave out `krate_site/`.
PLACES = (ROOT, ROOT / "krate_site")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_every_file_that_a_document_names_exists():
    named = {(page.name, one) for page in DOCUMENTS for one in NAMED.findall(page.read_text())}
    assert len(named) > 50
    missing = [one for one in sorted(named) if not any((at / one[1]).exists() for at in PLACES)]
    assert missing == []


def test_the_developers_table_leads_to_what_is_there():
    answers = ANSWER.findall((ROOT / "docs/developers.md").read_text())
    assert len(answers) > 12
    for file, listed in answers:
        wanted = set(re.findall(r"`([\w.]+)`", listed))
        assert wanted <= names_in(file), file
