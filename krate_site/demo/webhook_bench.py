"""`make bench`, the webhook's part: deliveries per second at a thousand and a million members.

On PostgreSQL only, in a database of its own that is made and dropped. One process delivers to
itself, so the numbers compare versions of the code on one machine.
"""

import hmac
import json
import os
import random
import statistics
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import django

SIZES = (1_000, 1_000_000)
DELIVERIES = 1_000
SECRET = "whsec_bench0123456789"  # noqa: S105 - of a database that lives for a minute
HOST = "bench.localhost"
DAY = 86_400


@dataclass(frozen=True)
class Row:
    """One kind of delivery, measured."""

    label: str
    a_second: float
    median_ms: float
    p99_ms: float
    statements: int


def main() -> int:
    """Measure and print a table; do nothing where there is no PostgreSQL."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "krate_site.settings.dev")
    django.setup()
    from django.db import connection  # noqa: PLC0415 - needs Django

    if connection.vendor != "postgresql":
        print("\nWebhooks are measured on PostgreSQL: set DATABASE_URL.")
        return 0
    print(f"\n{'webhook':<34}{'a second':>10}{'median':>10}{'p99':>10}{'SQL':>6}")
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    for size in sizes:
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            fill(size)
            for row in measure(size):
                print(
                    f"{row.label:<34}{row.a_second:>10.0f}{row.median_ms:>8.2f}ms"
                    f"{row.p99_ms:>8.2f}ms{row.statements:>6}"
                )
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    return 0


def fill(size: int) -> None:
    """Make a tenant of so many Pro members, each with ten events behind him."""
    from django.db import connection  # noqa: PLC0415 - needs Django
    from django.utils import timezone  # noqa: PLC0415
    from wagtail.models import Page, Site  # noqa: PLC0415

    from billing import models  # noqa: PLC0415
    from krate_site.tenancy.models import Publication  # noqa: PLC0415
    from membership.models import Membership, User  # noqa: PLC0415

    site = Site.objects.create(hostname=HOST, root_page=Page.objects.get(depth=1), port=80)
    Publication.objects.create(site=site)
    models.TenantFeatures.objects.create(site=site, billing_enabled=True)
    models.BillingSettings(
        site=site, webhook_secret=SECRET, monthly_price_id="price_bench", publishable_key=""
    ).save()
    user = User.objects.create_user("member0@bench.example")
    now = timezone.now()
    Membership.objects.create(site=site, user=user, standing="pro", pro_until=now)
    customer = models.Customer.objects.create(site=site, user=user, stripe_id="cus_0")
    subscription = models.Subscription.objects.create(
        site=site, customer=customer, stripe_id="sub_0", status="active", status_at_stripe="active"
    )
    item = models.SubscriptionItem.objects.create(
        subscription=subscription, stripe_id="si_0", price_id="price_bench", product_id="prod"
    )
    invoice = models.Invoice.objects.create(
        site=site, customer=customer, stripe_id="in_0", status="paid", created=now
    )
    event = models.WebhookEvent.objects.create(
        site=site, event_id="evt_0", type="invoice.paid", created=1, outcome="applied"
    )
    first = {"user": user.pk, "customer": customer.pk, "subscription": subscription.pk}
    clone(user, size, email="'member' || n || '@bench.example'", id=f"{user.pk} + n")
    membership = Membership.objects.get(user=user)
    clone(membership, size, user_id=f"{first['user']} + n")
    mine = {"customer_id": f"{first['customer']} + n"}
    clone(
        customer,
        size,
        stripe_id="'cus_' || n",
        id=f"{first['customer']} + n",
        user_id=f"{first['user']} + n",
    )
    clone(subscription, size, stripe_id="'sub_' || n", id=f"{first['subscription']} + n", **mine)
    clone(item, size, stripe_id="'si_' || n", subscription_id=f"{first['subscription']} + n")
    clone(invoice, size, stripe_id="'in_' || n", **mine)
    clone(event, size * 10, event_id="'evt_' || n")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def clone(row: Any, count: int, **changes: str) -> None:
    """Copy a row so many times; `changes` are SQL for columns, of the copy's number `n`."""
    from django.db import connection  # noqa: PLC0415 - needs Django

    names = [field.column for field in row._meta.concrete_fields]
    if "id" not in changes:
        names.remove("id")
    values = [changes.get(name, f'source."{name}"') for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(values)} '  # noqa: S608 - our own names
            f'FROM "{table}" source, generate_series(1, {count - 1}) n WHERE source.id = %s',
            [row.pk],
        )


def measure(size: int) -> list[Row]:
    """Deliver new events of members all over the place, then the same again."""
    chance = random.Random(size)  # noqa: S311 - no secret
    bodies = [body_of(number, chance.randrange(size)) for number in range(DELIVERIES + 20)]
    for body in bodies[:20]:
        deliver(body)
    label = f"{size:,} members"
    return [
        timed(f"new, {label}", bodies[20:], body_of(DELIVERIES * 2, 7)),
        timed(f"duplicate, {label}", bodies[20:], bodies[20]),
    ]


def timed(label: str, bodies: list[bytes], counted: bytes) -> Row:
    from django.db import connection  # noqa: PLC0415 - needs Django
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    times = []
    for body in bodies:
        started = time.perf_counter()
        deliver(body)
        times.append((time.perf_counter() - started) * 1000)
    with CaptureQueriesContext(connection) as captured:
        deliver(counted)
    control = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
    statements = [q for q in captured.captured_queries if not q["sql"].startswith(control)]
    times.sort()
    return Row(
        label=label,
        a_second=1000 / statistics.mean(times),
        median_ms=statistics.median(times),
        p99_ms=times[int(len(times) * 0.99)],
        statements=len(statements),
    )


def body_of(number: int, member: int) -> bytes:
    """Return an event that tells of a member's renewal."""
    start = int(time.time())
    item = {
        "id": f"si_{member}",
        "current_period_start": start,
        "current_period_end": start + 30 * DAY,
        "price": {"id": "price_bench", "product": "prod", "recurring": {"interval": "month"}},
    }
    subscription = {
        "id": f"sub_{member}",
        "object": "subscription",
        "customer": f"cus_{member}",
        "status": "active",
        "start_date": start,
        "items": {"data": [item]},
    }
    return json.dumps(
        {
            "id": f"evt_bench_{number}",
            "object": "event",
            "type": "customer.subscription.updated",
            "created": start + number,
            "livemode": False,
            "data": {"object": subscription},
        }
    ).encode()


def deliver(body: bytes) -> None:
    """Post one event as Stripe does; raises where it isn't taken."""
    from django.test import Client  # noqa: PLC0415 - needs Django

    now = int(time.time())
    signature = hmac.new(SECRET.encode(), b"%d.%s" % (now, body), sha256).hexdigest()
    answer = Client().post(
        "/api/stripe/webhook",
        data=body,
        content_type="application/json",
        headers={"host": HOST, "stripe-signature": f"t={now},v1={signature}"},
    )
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.content[:200]!r}")


if __name__ == "__main__":
    sys.exit(main())
