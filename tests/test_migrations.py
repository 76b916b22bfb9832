"""Models and migrations say the same, and no migration stops a site that is running."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django_migration_linter import MigrationLinter
from django_migration_linter.sql_analyser import analyse_sql_statements, get_sql_analyser_class

OURS = ["tenancy", "membership", "billing", "home"]
# Of the first release: no site ran before them. What comes later gets no exception: a new column
# has a `db_default`, an index is made concurrently, what goes is first left unused by the code.
FIRST_RELEASE = ["0002_cancellation_reason", "0003_team_and_log"]


@pytest.mark.django_db
def test_no_model_changed_without_its_migration():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_S3_no_migration_locks_a_table_or_breaks_the_code_that_still_runs(capsys):
    """An app's first migration makes tables that nobody uses yet, so it is exempt."""
    linter = MigrationLinter(
        include_apps=OURS,
        ignore_initial_migrations=True,
        ignore_name=FIRST_RELEASE,
        no_cache=True,
    )
    linter.lint_all_migrations()
    assert linter.nb_total > len(OURS)
    assert not linter.has_errors, capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE billing_customer ADD COLUMN tier integer NOT NULL",
        "ALTER TABLE billing_customer DROP COLUMN stripe_id",
        "ALTER TABLE billing_customer RENAME COLUMN stripe_id TO customer_id",
    ],
)
def test_the_linter_finds_what_old_code_could_not_live_with(statement):
    analyser = get_sql_analyser_class("django.db.backends.postgresql")
    errors, _ignored, _warnings = analyse_sql_statements(analyser, [statement])
    assert errors


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_role_that_may_not_make_the_search_index_is_told_and_migrates_on(capsys):
    migration = import_module("membership.migrations.0004_member_search")
    ran = []

    def refuse(execute, sql, *rest):
        ran.append(sql)
        raise ProgrammingError('permission denied to create extension "pg_trgm"')

    with connection.execute_wrapper(refuse):
        migration.index_people(apps, connection.schema_editor())
    assert ran == [migration.EXTENSION]
    told = capsys.readouterr().out
    assert "permission denied" in told
    assert "docs/operations.md" in told


def test_the_search_index_that_is_made_by_hand_is_the_one_that_migrate_makes():
    migration = import_module("membership.migrations.0004_member_search")
    documented = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    assert " ".join(migration.INDEX.split()) in " ".join(documented.split())
