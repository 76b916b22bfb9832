"""The whole way, clicked: wall, sign-up, checkout, reading, account, cancelling, and the wall again."""

import pytest
from playwright.sync_api import expect

from tests.browser.reader import CONFIRMED_CARD, DECLINED_CARD, GOOD_CARD
from tests.factories import HIDDEN, TEASER


def become_pro(reader, *, plan="monthly", email="ada@example.com"):
    """From the wall of the Pro article to the success page."""
    reader.open_article("pro")
    reader.sign_up_from_the_wall(email, "Become a Pro member")
    reader.page.wait_for_url("**/pro/**")
    reader.choose_plan(plan)
    reader.pay_with(GOOD_CARD)
    reader.page.wait_for_url("**/account/billing/success/**")


def cancel(reader):
    """From the account page to the portal's question, and back."""
    reader.press("Cancel subscription")
    reader.page.wait_for_url(f"{reader.sandbox.url}/**")
    reader.press("Cancel plan")
    reader.page.wait_for_url("**/account/**")
    reader.sees("Your subscription is cancelled. You read on until")


@pytest.mark.parametrize("tenant", ["courier", pytest.param("gazette", marks=pytest.mark.long)])
def test_R1_a_visitor_signs_up_pays_reads_cancels_and_meets_the_wall_again(reader_at, tenant):
    """Rows R1, R4, R22, R25, R26."""
    reader = reader_at(tenant)
    reader.open_article("pro")
    reader.sees(TEASER)
    reader.sees_no(HIDDEN)

    become_pro(reader)
    reader.sees("Welcome to Pro")
    reader.follow("Read on")
    reader.page.wait_for_url("**/world/for-pro/")
    reader.sees(HIDDEN)

    reader.wait_for_events()
    reader.open("/account/")
    reader.sees("You are a Pro member")
    reader.sees("Pro, monthly")
    reader.sees("Visa ending in 4242")

    # Two steps, the last day named before and after, and one click takes it back.
    expect(reader.page.locator("#billing")).to_contain_text("If you cancel, you read on until")
    cancel(reader)
    reader.press("Resume the subscription")
    reader.sees("Your subscription goes on")
    reader.sees("Next charge")
    cancel(reader)
    reader.wait_for_events()
    reader.open("/account/")
    reader.sees("Last day")
    reader.open_article("pro")
    reader.sees(HIDDEN)

    reader.wait_days(32)
    reader.open_article("pro")
    reader.sees("Your Pro membership has ended")
    reader.sees_no(HIDDEN)


def test_R26_a_declined_card_charges_nothing_and_the_next_one_pays(reader_at):
    reader = reader_at("courier")
    reader.open_article("pro")
    reader.sign_up_from_the_wall("ben@example.com", "Become a Pro member")
    reader.choose_plan("monthly")
    reader.pay_with(DECLINED_CARD)
    expect(reader.page.get_by_role("alert")).to_contain_text("declined")
    reader.wait_for_events()
    reader.pay_with(GOOD_CARD)
    reader.page.wait_for_url("**/account/billing/success/**")
    reader.sees("Welcome to Pro")


def test_R26_whom_his_bank_refused_a_confirmation_pays_on_the_same_page(reader_at):
    reader = reader_at("courier")
    reader.open_article("pro")
    reader.sign_up_from_the_wall("cyd@example.com", "Become a Pro member")
    reader.choose_plan("monthly")
    for answer in ("Fail", "Complete"):
        reader.pay_with(CONFIRMED_CARD)
        reader.press(answer)
    reader.page.wait_for_url("**/account/billing/success/**")
    reader.sees("Welcome to Pro")


def test_R16_the_annual_plan_reads_on_for_a_year(reader_at):
    reader = reader_at("courier")
    become_pro(reader, plan="annual", email="cleo@example.com")
    reader.sees("Pro, annual")
    reader.wait_days(200)
    reader.open_article("pro")
    reader.sees(HIDDEN)


def test_R3_a_failed_renewal_is_mailed_about_and_paid(reader_at):
    """Rows R2, R3, R9, R23."""
    reader = reader_at("courier")
    become_pro(reader, email="dora@example.com")
    reader.wait_for_events()

    shop, customer = reader.shop, stripe_customer(reader)
    card = shop.stripe.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer}
    )
    shop.stripe.v1.customers.update(
        customer, {"invoice_settings": {"default_payment_method": card.id}}
    )
    for subscription in shop.stripe.v1.subscriptions.list({"customer": customer}).data:
        shop.stripe.v1.subscriptions.update(subscription.id, {"default_payment_method": card.id})
    reader.mailbox.clear()

    reader.wait_days(32)
    assert "payment" in reader.newest_mail().subject.lower()
    reader.open("/account/")
    reader.sees("Pay now")
    reader.open_article("pro")
    reader.sees(HIDDEN)

    reader.open("/account/")
    reader.press("Update card")
    reader.fill_in_card(GOOD_CARD)
    reader.press("Save card")
    reader.page.wait_for_url("**/account/**")
    reader.press("Pay now")
    reader.page.wait_for_url(f"{reader.sandbox.url}/**")
    reader.pay_with(GOOD_CARD)
    reader.sees("Paid on")
    reader.wait_for_events()
    reader.open("/account/")
    reader.sees("You are a Pro member")
    reader.sees_no("Pay now")


def stripe_customer(reader):
    """Return the id of this reader's customer at the sandbox."""
    found = reader.shop.stripe.v1.customers.list({"email": reader.email}).data
    assert len(found) == 1
    return found[0].id


def test_R23_the_card_is_changed_in_the_portal_and_shown_in_the_account(reader_at):
    reader = reader_at("courier")
    become_pro(reader, email="emil@example.com")
    reader.wait_for_events()
    reader.open("/account/")
    reader.press("Update card")
    reader.fill_in_card("5555555555554444")
    reader.press("Save card")
    reader.page.wait_for_url("**/account/**")
    reader.sees("Your card is saved: Mastercard ending in 4444.")
    reader.wait_for_events()
    reader.open("/account/")
    reader.sees("Mastercard ending in 4444")


def test_pro_at_one_tenant_is_nothing_at_another(reader_at):
    """Rule T2: an account is one, what it paid for is each tenant's own."""
    reader = reader_at("courier")
    become_pro(reader, email="finn@example.com")
    neighbour = reader_at("gazette")
    neighbour.open_article("pro")
    neighbour.sees_no(HIDDEN)
    neighbour.sees("This page is for Pro members")
