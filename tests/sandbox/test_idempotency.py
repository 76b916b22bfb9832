"""What comes of a call is kept under its key: https://docs.stripe.com/api/idempotent_requests"""

import threading

import pytest
import stripe


def test_same_idempotency_key_gives_the_same_answer(api):
    first, second = (
        api.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})
        for _ in range(2)
    )
    assert first.id == second.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(api.customers.list().data) == 1


def test_same_idempotency_key_with_other_parameters_is_a_conflict(api):
    api.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        api.customers.create({"email": "b@example.com"}, {"idempotency_key": "one"})


def test_same_idempotency_key_at_the_same_time_is_a_conflict(sandbox, account, api):
    with account.lock:
        slow = threading.Thread(target=api.customers.create, args=({}, {"idempotency_key": "k"}))
        slow.start()
        while not account.test.idempotency_keys.known:
            pass
        with pytest.raises(stripe.APIError) as caught:
            api.customers.create({}, {"idempotency_key": "k"})
    slow.join()
    error = caught.value.json_body["error"]
    assert (caught.value.http_status, error["code"]) == (409, "idempotency_key_in_use")


@pytest.mark.parametrize(("answer", "made"), [(500, 0), ("500_after", 1)])
def test_a_500_is_kept_under_its_key_whether_something_was_made_or_not(sandbox, api, answer, made):
    sandbox.mischief(answer=answer, times=1)
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as caught:
            api.customers.create({}, {"idempotency_key": "one"})
        assert caught.value.http_status == 500
        assert caught.value.headers["Stripe-Should-Retry"] == "false"
        assert caught.value.headers.get("Idempotent-Replayed") == replayed
    assert len(api.customers.list().data) == made
    api.customers.create({}, {"idempotency_key": "two"})
    assert len(api.customers.list().data) == made + 1


def test_a_refusal_after_the_call_began_is_kept_under_its_key(api, open_checkout, product):
    wanted = {"customer": "cus_0"}
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            api.billing_portal.sessions.create(wanted, {"idempotency_key": "one"})
    assert caught.value.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("answer", [429, "hang_up"])
def test_the_rate_limit_and_no_answer_leave_the_key_as_it_was(sandbox, api, answer):
    sandbox.mischief(answer=answer, times=1)
    with pytest.raises((stripe.RateLimitError, stripe.APIConnectionError)):
        api.customers.create({}, {"idempotency_key": "one"})
    assert api.customers.create({}, {"idempotency_key": "one"}).id


def test_bad_parameters_leave_the_key_as_it_was(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.create({"balance": "many"}, {"idempotency_key": "one"})
    assert api.customers.create({"balance": 5}, {"idempotency_key": "one"}).balance == 5
