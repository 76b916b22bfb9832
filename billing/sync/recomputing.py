"""What every member comes to anew, after the tenant changed prices, policies or keys."""

from collections.abc import Iterator

from wagtail.models import Site

from billing.models import Customer
from billing.sync.opening import books_of
from billing.tenant import load_tenant


def recompute_memberships(site: Site) -> int:
    """Bring every member's access in step with the tenant's settings of now; return how many.

    One short transaction a member, so that it is safe beside live traffic. Calls nobody.
    """
    count = 0
    for stripe_id in customers_of_members(site):
        # Anew for each: settings may change again meanwhile, and this run end after the newer one.
        with books_of(load_tenant(site), stripe_id):
            count += 1
    return count


def customers_of_members(site: Site) -> Iterator[str]:
    """Return the customers who are members and ever subscribed."""
    customers = Customer.objects.filter(
        site=site, user__isnull=False, subscriptions__isnull=False
    ).distinct()
    return customers.values_list("stripe_id", flat=True).iterator()
