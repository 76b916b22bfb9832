"""Migrates once: each test database begins as a copy of one that the same migrations made.

Django then migrates the copy like any other database, and finds nothing to do. A change of any
migration, of our code that one imports, of the settings or of an installed package asks for a new
original, which is made from zero.
"""

import ast
import fcntl
import hashlib
import shutil
from contextlib import contextmanager
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

PREFIX = "krate_migrated_"
LOCK = 7_316_042  # any number that nobody else locks at this server


@contextmanager
def copied_from_original():
    """Have Django copy a migrated database wherever it creates one inside this block."""
    with original_at_server() if connection.vendor == "postgresql" else original_file():
        yield


@contextmanager
def original_at_server():
    """Name a migrated database to PostgreSQL as the template, and keep it until it is copied."""
    name = PREFIX + digest()
    with connection._nodb_cursor() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        server.execute("SELECT datname FROM pg_database")
        originals = [found for (found,) in server.fetchall() if found.startswith(PREFIX)]
        if name not in originals:
            for stale in originals:
                server.execute(f"DROP DATABASE {quoted(stale)}")
            unfinished = f"{PREFIX}unfinished"
            server.execute(f"CREATE DATABASE {quoted(unfinished)}")
            migrate(unfinished)
            server.execute(f"ALTER DATABASE {quoted(unfinished)} RENAME TO {quoted(name)}")
        # Others may copy it at the same time, but nobody may take it for stale.
        server.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
        server.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        connection.settings_dict["TEST"]["TEMPLATE"] = name
        yield


def quoted(name):
    return connection.ops.quote_name(name)


@contextmanager
def original_file():
    """Put a copy of a migrated file where Django expects SQLite's test database."""
    folder = settings.VAR_DIR
    original = folder / f"{PREFIX}{digest()}.sqlite3"
    creation = connection.creation
    create = creation._create_test_db

    def copy(*args, **kwargs):
        name = create(*args, **kwargs)
        if not Path(name).exists():
            for remains in ("-wal", "-shm"):
                Path(f"{name}{remains}").unlink(missing_ok=True)
            shutil.copy(original, name)
        return name

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not original.exists():
            for stale in folder.glob(f"{PREFIX}*"):
                stale.unlink()
            unfinished = folder / f"{PREFIX}unfinished.sqlite3"
            migrate(unfinished)
            unfinished.rename(original)
        creation._create_test_db = copy
        try:
            yield
        finally:
            creation._create_test_db = create


def migrate(name):
    """Migrate this database from zero."""
    given = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    connection.settings_dict["NAME"] = given


def digest():
    """Return what changes with whatever decides what the migrations make."""
    said = hashlib.sha256()
    for package in sorted(f"{found.name} {found.version}" for found in distributions()):
        said.update(package.encode())
    for text in sorted(source.read_bytes() for source in sources()):
        said.update(text)
    return said.hexdigest()[:16]


def sources():
    """Return the settings, the migrations, and those of our own modules that one of them imports."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    modules = {migration.__module__ for migration in loader.disk_migrations.values()}
    files = {Path(find_spec(name).origin) for name in modules}
    ours = [path for path in files if is_ours(path)]
    files |= {imported for path in ours for imported in imported_by(path)}
    return files | set((settings.BASE_DIR / "krate_site/settings").glob("*.py"))


def imported_by(path):
    """Return the files of our own modules that this one imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    found = (find_spec(name) for name in names)
    files = {Path(spec.origin) for spec in found if spec and spec.has_location and spec.origin}
    return {path for path in files if is_ours(path)}


def is_ours(path):
    """Return whether a file is the project's, and no package's."""
    return path.is_relative_to(settings.BASE_DIR) and "site-packages" not in path.parts


def main():
    """Make the original, so that nobody has to wait for it later."""
    django.setup()
    with copied_from_original():
        pass  # The first to ask for the original makes it.


if __name__ == "__main__":
    main()
