"""Mail about money: noted with its cause, sent after the commit, once, and never lost in between.

A notice is claimed before it is sent, so that two processes don't send it twice; the daily task
sends what a process that died left behind, and tries again what the mail server refused.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django_tasks.base import TaskResultStatus
from wagtail.models import Site

from billing.member_subscription import holdings_of, member_of_customer
from billing.models import BillingSettings, Invoice, Notice, Subscription
from billing.money import format_money
from billing.stripe_api.client import stripe_client
from billing.stripe_api.errors import stripe_problems, suppress_stripe_problem
from billing.subscription_status import Status
from billing.tenant_billing import load_tenant
from krate_site.tenancy.clone_guard import is_at_home
from krate_site.tenancy.models import Publication
from krate_site.tenancy.sites import absolute_url
from membership.emails import NOT_AWAITED, send_tenant_mail
from membership.models import Membership

logger = logging.getLogger(__name__)

# Longer than sending ever takes: whoever claimed it is dead.
CLAIM_HOLDS = timedelta(hours=1)
MOST_ATTEMPTS = 5
FOR_TENANT = (
    Notice.Kind.DISPUTE,
    Notice.Kind.REFUND,
    Notice.Kind.DUPLICATE,
    Notice.Kind.DEAD_EVENT,
)
ABOUT_PAYERS = (Notice.Kind.DISPUTE, Notice.Kind.REFUND, Notice.Kind.DUPLICATE)


def send_after_commit(site_id: int, user_id: int | None) -> None:
    """Send this member's notices (the tenant's own where `user_id` is None) once all is committed."""
    transaction.on_commit(lambda: send_notices(site_id=site_id, user_id=user_id), robust=True)


def tell_tenant(site: Site, kind: str, about: str, params: dict[str, Any]) -> None:
    """Note a mail to whoever looks after the tenant's money, to be sent after the commit."""
    Notice.objects.create(site=site, kind=kind, about=about, params=params)
    send_after_commit(site.pk, None)


def send_notices(**of: Any) -> int:
    """Send what is due, of all notices or those with these columns; return how many were sent."""
    sent = 0
    for notice in due_notices().filter(**of).select_related("user", "site"):
        # In a copy of the database they are left as they are: no attempt is used up.
        if is_at_home(notice.site) and claim(notice):
            sent += send(notice)
    return sent


def due_notices() -> QuerySet[Notice]:
    """Return the notices that nobody has sent, and nobody is sending."""
    unclaimed = Q(claimed_at__isnull=True) | Q(claimed_at__lt=timezone.now() - CLAIM_HOLDS)
    return Notice.objects.filter(
        unclaimed, sent_at__isnull=True, attempts__lt=MOST_ATTEMPTS
    ).order_by("pk")


def claim(notice: Notice) -> bool:
    """Take a notice for sending; False where another process was faster."""
    claimed = (
        due_notices()
        .filter(pk=notice.pk)
        .update(claimed_at=timezone.now(), attempts=F("attempts") + 1)
    )
    return claimed == 1


def send(notice: Notice) -> bool:
    """Send a claimed notice; one that can't be sent is left for the daily task."""
    row = Notice.objects.filter(pk=notice.pk)
    if is_settled(notice):
        row.delete()
        return False
    sent = False
    try:
        context = context_of(notice)
        sent = all(
            send_tenant_mail(
                notice.site,
                to=address,
                template=f"billing/mail/{notice.kind}",
                context=context,
                priority=NOT_AWAITED,
            ).status
            != TaskResultStatus.FAILED
            for address in addresses(notice)
        )
    except Exception:
        logger.exception("Notice %s couldn't be written.", notice.pk)
    if sent:
        # The link in it is the member's alone, and isn't needed any more.
        notice.params.pop("url", None)
        row.update(sent_at=timezone.now(), params=notice.params)
    else:
        row.update(claimed_at=None)
    return sent


def is_settled(notice: Notice) -> bool:
    """Return whether the invoice that it asks for was paid or taken back before it could be sent."""
    if "invoice" not in notice.params:
        return False
    asked_for = Invoice.objects.filter(site=notice.site, stripe_id=notice.params["invoice"])
    return asked_for.exclude(status="open").exists()


def addresses(notice: Notice) -> list[str]:
    """Return whom a notice goes to: the member, or whoever looks after the tenant's money."""
    if notice.user:
        return [notice.user.email]
    contact = Publication.for_site(notice.site).contact_email
    if contact:
        return [contact]
    admins = BillingSettings.get_permission_policy().admins_of(notice.site)
    return list(admins.values_list("email", flat=True))


def context_of(notice: Notice) -> dict[str, Any]:
    """Return what the mail's templates may say; money is written as in the tenant's language."""
    words = {name: in_time(value) for name, value in notice.params.items()}
    payer = payer_of(notice) if notice.kind in ABOUT_PAYERS else None
    with translation.override(Publication.for_site(notice.site).language):
        return {
            **words,
            "url": notice.params.get("url") or url_for(notice, payer),
            "who": payer.user.email if payer else "",
            "money": money_in(notice.params),
            "plan": plan_of(notice),
        }


def payer_of(notice: Notice) -> Membership | None:
    """Return the member whose payment or subscription a notice is about, None where none is known.

    Asks Stripe where it's a dispute, which names the charge alone. A mail without a name is better
    than none, so no answer is no fault.
    """
    if notice.kind == Notice.Kind.DUPLICATE:
        rows = Subscription.objects.filter(site=notice.site, stripe_id=notice.about)
        stripe_id = rows.values_list("customer__stripe_id", flat=True).first()
    else:
        stripe_id = notice.params.get("customer") or customer_who_paid(notice)
    return member_of_customer(notice.site, stripe_id or "")


def customer_who_paid(notice: Notice) -> str:
    """Return the id of the customer whose charge is disputed, "" where Stripe doesn't say."""
    charge = notice.params.get("charge")
    if not charge:
        return ""
    with suppress_stripe_problem("Nobody knows who paid %s", charge), stripe_problems():
        client = stripe_client(BillingSettings.for_site(notice.site))
        customer = client.v1.charges.retrieve(charge).customer
        # Not expanded: an id.
        return customer if isinstance(customer, str) else ""
    return ""


def plan_of(notice: Notice) -> str:
    """Return what a beginning subscription is and costs, "" in any other mail."""
    if notice.kind not in (Notice.Kind.WELCOME, Notice.Kind.TRIAL_ENDING) or not notice.user:
        return ""
    for holding in holdings_of(load_tenant(notice.site), notice.user):
        row = holding.subscription
        is_trial = row.status == Status.TRIALING
        if row.stripe_id == notice.about or (notice.kind == Notice.Kind.TRIAL_ENDING and is_trial):
            return holding.plan
    return ""


def in_time(value: Any) -> datetime | Any:
    """Return a param that is a time as one, any other as it is."""
    return (parse_datetime(value) or value) if isinstance(value, str) and "T" in value else value


def money_in(params: dict[str, Any]) -> str:
    amount = params.get("amount_refunded") or params.get("amount")
    currency = params.get("currency")
    return format_money(int(amount), str(currency)) if amount and currency else ""


def url_for(notice: Notice, payer: Membership | None) -> str:
    """Return where the mail leads; an address of ours, since Stripe's links expire."""
    if payer and notice.kind != Notice.Kind.DUPLICATE:
        return absolute_url(notice.site, reverse("members:inspect", args=[payer.pk]))
    if notice.kind in FOR_TENANT:
        return absolute_url(notice.site, reverse("billing_events:index"))
    if "invoice" in notice.params:
        return invoice_url(notice)
    if notice.kind == Notice.Kind.ENDED:
        return absolute_url(notice.site, reverse("pro"))
    if notice.kind == Notice.Kind.WELCOME:
        return absolute_url(notice.site, "/")
    return absolute_url(notice.site, f"{reverse('account')}#billing")


def invoice_url(notice: Notice) -> str:
    """Return our own address of an open invoice, which leads to Stripe's page of the moment."""
    row = Invoice.objects.filter(site=notice.site, stripe_id=notice.params["invoice"]).first()
    path = reverse("billing_invoice", args=[row.pk]) if row else reverse("account")
    return absolute_url(notice.site, path)
