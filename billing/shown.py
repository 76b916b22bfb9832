"""What of billing's tables pages show: whether Pro is on sale (rule S1).

A page says "Subscribe" where it is, so each of these changes the tenant's content. Whoever takes
money asks the tables themselves, each time.
"""

from billing.models import BillingSettings, Price, TenantFeatures
from krate_site.tenancy.content_signals import at_its_site, shows_on_pages

for model in (TenantFeatures, BillingSettings, Price):
    shows_on_pages(model, at_its_site)
