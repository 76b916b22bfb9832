"""What commands have in common: they find a tenant by its host, however it is written."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.factories import ArticlePageFactory, SectionPageFactory

pytestmark = pytest.mark.django_db
COMMANDS = [
    ("check_leaks", "--quick", "--tenant"),
    ("close_tenant",),
    ("explain_access", "--user", "ada@example.com", "--tenant"),
    ("reconcile_billing", "--tenant"),
]


def refusal_of(command, host):
    """Return what a command said no by, None where it did its work or found something else."""
    try:
        call_command(*command, host, stdout=StringIO())
    except CommandError as refused:
        return refused
    except SystemExit:
        return None


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_host_of_no_tenant_is_named_and_the_exit_code_is_2(command, site):
    refused = refusal_of(command, "nobody.localhost")
    assert str(refused) == "No tenant has the host nobody.localhost."
    assert refused.returncode == 2


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_host_may_be_written_in_capitals(command, site):
    ArticlePageFactory(parent=SectionPageFactory(parent=site.root_page), access="pro")
    assert "No tenant has the host" not in str(refusal_of(command, "COURIER.localhost"))
