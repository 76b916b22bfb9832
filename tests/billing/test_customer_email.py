"""A new address goes to Stripe, too, so that invoices arrive (R5)."""

import re

from billing.models import Customer
from tests.factories import UserFactory

PASSWORD = "an-old-password-42"


def change_address(client, mailoutbox, new):
    answer = client.post("/accounts/email/", {"action_add": "", "email": new})
    answer = client.post(answer.url, {"password": PASSWORD})
    code = re.search(r"^ {4}([A-Z0-9-]{6,9})$", mailoutbox[-1].body, re.MULTILINE)
    return client.post(answer.url, {"code": code[1]})


def bought(make_reader, shop):
    """Return somebody with a password who went as far as Stripe's checkout page."""
    person = UserFactory(verified=True, password=PASSWORD)
    reader = make_reader(person)
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    return person, reader


def test_R5_stripe_learns_a_members_new_address(
    make_reader, shop, mailoutbox, django_capture_on_commit_callbacks
):
    person, reader = bought(make_reader, shop)
    with django_capture_on_commit_callbacks(execute=True):
        change_address(reader, mailoutbox, "new@example.com")
    person.refresh_from_db()
    assert person.email == "new@example.com"
    customer = Customer.objects.get(user=person)
    assert shop.stripe.v1.customers.retrieve(customer.stripe_id).email == "new@example.com"


def test_B9_stripe_down_keeps_nobody_from_a_new_address(
    make_reader, shop, sandbox, mailoutbox, django_capture_on_commit_callbacks
):
    person, reader = bought(make_reader, shop)
    sandbox.mischief(answer=500)
    with django_capture_on_commit_callbacks(execute=True):
        change_address(reader, mailoutbox, "new@example.com")
    person.refresh_from_db()
    assert person.email == "new@example.com"
