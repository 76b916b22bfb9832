"""The API's manners: keys, parameters, errors, lists, expansion."""

import threading
import typing

import pytest
import requests
import stripe
import typing_extensions

from tests.sandbox.conftest import client_for, price_of
from tests.stripe_sandbox import parameters


def test_unknown_key_is_refused(sandbox, account):
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        client_for(sandbox, "sk_test_nobody123456").customers.list()


def test_publishable_key_can_read_nothing(sandbox, account):
    with pytest.raises(stripe.AuthenticationError) as caught:
        client_for(sandbox, account.publishable_key).customers.list()
    assert caught.value.json_body["error"]["code"] == "secret_key_required"


def test_live_key_is_told_that_the_object_is_in_test_mode(sandbox, account, customer):
    live = client_for(sandbox, account.live_secret_key)
    with pytest.raises(stripe.InvalidRequestError, match="similar object exists in test mode"):
        live.customers.retrieve(customer.id)


def test_accounts_know_nothing_of_each_other(sandbox, customer):
    other = client_for(sandbox, sandbox.create_account("courier").secret_key)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as caught:
        other.customers.retrieve(customer.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_keys_follow_from_the_accounts_name(sandbox, account):
    assert sandbox.create_account("gazette") is account
    assert account.secret_key.startswith("sk_test_51gazette")
    assert {len(key) for key in account.keys.values()} == {107}
    assert len(set(account.keys.values())) == 6


def test_account_options_are_known_by_name(sandbox, account):
    sandbox.create_account("gazette", after_retries="unpaid")
    assert account.options["after_retries"] == "unpaid"
    with pytest.raises(ValueError, match="unknown account options: colour"):
        sandbox.create_account("gazette", colour="red")


def test_restricted_key_needs_permission(sandbox):
    account = sandbox.create_account("strict", restricted_to=["customer_read", "price_write"])
    api = client_for(sandbox, account.restricted_key)
    assert api.customers.list().data == []
    with pytest.raises(stripe.PermissionError, match="rak_customer_write"):
        api.customers.create()


@pytest.mark.parametrize(
    ("call", "code", "param"),
    [
        (lambda api: api.customers.create({"nickname": "x"}), "parameter_unknown", "nickname"),
        (
            lambda api: api.subscriptions.create({"customer": "c", "items": [{"colour": "red"}]}),
            "parameter_unknown",
            "items[0][colour]",
        ),
        (lambda api: api.prices.create({"unit_amount": 5}), "parameter_missing", "currency"),
        (lambda api: api.customers.create({"email": ""}), "parameter_invalid_empty", "email"),
        (
            lambda api: api.customers.create({"balance": "many"}),
            "parameter_invalid_integer",
            "balance",
        ),
        (lambda api: api.subscriptions.list({"status": "lively"}), None, "status"),
        (lambda api: api.events.list({"limit": 101}), "parameter_invalid_integer", "limit"),
        (lambda api: api.subscriptions.list({"customer": "cus_0"}), "resource_missing", "customer"),
    ],
)
def test_bad_parameters_are_refused_by_name(api, call, code, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(api)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_checkout_no_longer_takes_payment_method_types(open_checkout):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        open_checkout(payment_method_types=["card"])
    assert caught.value.code == "parameter_unknown"


@pytest.mark.parametrize(
    "wanted",
    [
        {"automatic_tax": {"enabled": True}},
        {"custom_fields": [{"key": "size", "label": {"type": "custom", "custom": "Size"}, "type": "text"}]},
        {"shipping_address_collection": {"allowed_countries": ["GB"]}},
    ],
)  # fmt: skip
def test_what_the_page_would_not_show_is_refused(open_checkout, wanted):
    with pytest.raises(stripe.InvalidRequestError, match="doesn't play") as caught:
        open_checkout(**wanted)
    assert [caught.value.param] == list(wanted)


@pytest.mark.parametrize(
    ("call", "param"),
    [
        (
            lambda api: api.prices.create(
                {"currency": "usd", "product": "prod_0", "unit_amount": 5,
                 "recurring": {"interval": "month", "usage_type": "metered"}}
            ),
            "recurring[usage_type]",
        ),
        (
            lambda api: api.subscriptions.create(
                {"customer": "cus_0", "items": [{"price": "price_0", "tax_rates": ["txr_0"]}]}
            ),
            "items[tax_rates]",
        ),
        (lambda api: api.invoices.pay("in_0", {"forgive": True}), "forgive"),
    ],
)  # fmt: skip
def test_what_is_not_played_is_refused_and_not_ignored(api, call, param):
    with pytest.raises(stripe.InvalidRequestError, match="The sandbox doesn't play") as caught:
        call(api)
    assert caught.value.param == param


def hashes_in(hint):
    """The typed hashes that a parameter may be, or be a list of."""
    if typing_extensions.is_typeddict(hint):
        return [hint]
    return [found for option in typing.get_args(hint) for found in hashes_in(option)]


@pytest.mark.parametrize(
    ("call", "entry"),
    [
        (name, entry)
        for call in parameters.NOT_PLAYED
        for name in call["names"]
        for entry in call["parameters"]
    ],
)
def test_what_is_not_played_is_something_that_stripe_takes(call, entry):
    path, _, value = entry.partition("=")
    hint = parameters.params_type(call)
    for part in path.split("."):
        fields = [parameters.fields_of(kind) for kind in hashes_in(hint)]
        hint = next(known[part] for known in fields if part in known)
    assert value in str(hint)


def test_older_version_still_takes_payment_method_types(sandbox, account, monthly):
    answer = requests.post(
        f"{sandbox.url}/v1/checkout/sessions",
        auth=(account.secret_key, ""),
        headers={"Stripe-Version": "2026-05-27.dahlia"},
        data={
            "mode": "subscription",
            "payment_method_types[0]": "card",
            "line_items[0][price]": monthly.id,
            "line_items[0][quantity]": 1,
            "success_url": "http://localhost/",
        },
        timeout=5,
    )
    assert answer.json()["ui_mode"] == "hosted_page"


def test_unknown_path_is_an_error_of_stripes_kind(sandbox, account):
    answer = requests.get(f"{sandbox.url}/v1/nothing", auth=(account.secret_key, ""), timeout=5)
    assert answer.status_code == 404
    assert "Unrecognized request URL (GET: /v1/nothing)" in answer.json()["error"]["message"]
    assert answer.headers["Request-Id"].startswith("req_")


def test_lists_go_newest_first_page_by_page(api):
    made = [api.customers.create({"email": f"{n}@example.com"}).id for n in range(25)]
    walked = [found.id for found in api.customers.list({"limit": 10}).auto_paging_iter()]
    assert walked == made[::-1]
    second = api.customers.list({"limit": 10, "starting_after": made[15]})
    assert [found.id for found in second.data] == made[5:15][::-1]
    assert second.has_more
    back = api.customers.list({"limit": 10, "ending_before": made[14]})
    assert [found.id for found in back.data] == made[15:25][::-1]


def test_expand_follows_ids_and_shows_what_is_left_out_otherwise(api, subscribe):
    subscription = subscribe()
    session = api.checkout.sessions.list({"subscription": subscription.id}).data[0]
    found = api.checkout.sessions.retrieve(
        session.id,
        {"expand": ["line_items", "customer", "subscription.latest_invoice.payments"]},
    )
    assert found.customer.email == "ada@example.com"
    assert found.line_items.data[0].amount_total == 500
    payment = found.subscription.latest_invoice.payments.data[0]
    assert payment.payment.type == "payment_intent"


def test_expanding_nonsense_is_refused(api, customer):
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.customers.retrieve(customer.id, {"expand": ["shoe_size"]})


def test_metadata_is_merged_and_unset(api, customer):
    api.customers.update(customer.id, {"metadata": {"a": "1", "b": "2"}})
    changed = api.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert api.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


def test_lookup_key_moves_only_when_told_to(api, product, monthly):
    api.prices.update(monthly.id, {"lookup_key": "pro"})
    other = {"product": product.id, "unit_amount": 600, "currency": "usd", "lookup_key": "pro"}
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        api.prices.create(other)
    moved = api.prices.create(other | {"transfer_lookup_key": True})
    assert [found.id for found in api.prices.list({"lookup_keys": ["pro"]}).data] == [moved.id]


def test_deleted_customer_is_a_stub_and_takes_its_subscriptions_along(api, subscribe):
    subscription = subscribe()
    api.customers.delete(subscription.customer)
    assert api.customers.retrieve(subscription.customer).deleted
    assert api.subscriptions.retrieve(subscription.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        api.customers.update(subscription.customer, {"name": "Ada"})


def test_inactive_price_is_not_sold(api, open_checkout, product):
    price = price_of(api, product, 100, "month")
    api.prices.update(price.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        open_checkout(line_items=[{"price": price.id, "quantity": 1}])


def test_many_at_once_are_all_served(sandbox, account):
    api, made = client_for(sandbox, account.secret_key), []

    def work():
        for _ in range(5):
            made.append(api.customers.create({}).id)

    threads = [threading.Thread(target=work) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 160 == len(account.test.table("customer"))


def test_requests_are_logged_for_assertions(sandbox, api):
    api.customers.create({"email": "a@example.com"}, {"idempotency_key": "mine"})
    entry = sandbox.requests(account="gazette", method="POST", path="/v1/customers")[-1]
    assert entry["params"] == {"email": "a@example.com"}
    assert entry["headers"]["Idempotency-Key"] == "mine"
    assert entry["headers"]["Stripe-Version"] == stripe.api_version
