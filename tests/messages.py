"""`make messages`: brings locale/ in step with the texts in code and templates, and compiles it.

Babel does what Django's `makemessages` and `compilemessages` need GNU gettext for, which a fresh
machine doesn't have; so the compiled catalogues are committed, and a test holds that they fit.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("de",)
SOURCES = ("bench", "billing", "demo", "home", "krate_site", "membership", "templates")
# How a text is marked, and which of the arguments are singular, plural and context.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def main() -> int:
    """Write every catalogue anew; return how many texts are still to be translated."""
    missing = 0
    for language in LANGUAGES:
        catalog = in_step(language)
        po_path(language).write_bytes(as_po(catalog))
        po_path(language).with_suffix(".mo").write_bytes(as_mo(catalog))
        for message in untranslated(catalog):
            missing += 1
            sys.stderr.write(f"{language}: {message.locations[0][0]}: {message.id!r}\n")
    return missing


def po_path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return the catalogue as it is committed."""
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def in_step(language: str) -> Catalog:
    """Return the catalogue with exactly the texts of now; what was translated stays so."""
    catalog = read(language)
    catalog.update(texts(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def texts() -> Catalog:
    """Return every text of ours that is marked for translation."""
    catalog = Catalog(project="KrateCMS", charset="utf-8")
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        for _line, function, found, _comments in extract_python(source(path), KEYWORDS, (), {}):
            add(catalog, function, found, name)
    return catalog


def add(catalog: Catalog, function: str, found: object, name: str) -> None:
    """Add one call's texts, as the keyword orders them."""
    parts = [found] if isinstance(found, str) else [part for part in found if part]  # type: ignore[union-attr]
    context = parts.pop(0) if function.startswith(("pgettext", "npgettext")) else None
    plural = function.startswith(("ngettext", "npgettext"))
    text = tuple(parts[:2]) if plural else parts[0]
    catalog.add(text, context=context, locations=[(name, 0)])


def files() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".xml"} and "migrations" not in path.parts:
                yield path


def source(path: Path) -> BytesIO:
    """Return a file as Python that can be read for texts; a template becomes its calls."""
    text = path.read_text()
    if path.suffix != ".py":
        # The rest of a template isn't Python, least of all by its indentation.
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    return BytesIO(text.encode())


def untranslated(catalog: Catalog) -> list:
    """Return the messages without a translation, or with a doubtful one."""
    return [
        message
        for message in catalog
        if message.id
        and (message.fuzzy or not (all(message.string) if message.pluralizable else message.string))
    ]


def as_po(catalog: Catalog) -> bytes:
    file = BytesIO()
    # Nothing of the day or the machine, so that a second run changes nothing.
    catalog.project, catalog.version = "KrateCMS", "1"
    catalog.creation_date = catalog.revision_date = datetime(2026, 11, 1, tzinfo=UTC)
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "KrateCMS"
    write_po(file, catalog, width=100, sort_output=True, ignore_obsolete=True, include_lineno=False)
    return file.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
