"""What billing must know of a tenant: whether it sells, its settings, and what it sells Pro by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache

from django.db.models import F, Q
from wagtail.models import Site

from billing.models import BillingSettings
from billing.stripe_api.objects import Columns
from krate_site.compiled import Given, Statement, compiled

SETTINGS_COLUMNS = [column.attname for column in BillingSettings._meta.concrete_fields]


@dataclass(frozen=True, kw_only=True)
class ProPrices:
    """By which prices and products a tenant sells Pro, or once sold it (rule B5)."""

    prices: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()

    def include(self, item: Columns) -> bool:
        """Return whether an item of a subscription is for Pro; none of it is nothing bought."""
        is_pro = item["price_id"] in self.prices or item["product_id"] in self.products
        return is_pro and item["quantity"] > 0

    @property
    def items(self) -> Q:
        """The same, asked of items in a table."""
        is_pro = Q(price_id__in=self.prices) | Q(product_id__in=self.products)
        return is_pro & Q(quantity__gt=0)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How a tenant treats late payments and late notices."""

    grace: timedelta
    allowance: timedelta


@dataclass(frozen=True, kw_only=True)
class TenantBilling:
    """A tenant's billing at one moment; never kept across requests."""

    site: Site
    settings: BillingSettings
    enabled: bool = False
    pro: ProPrices = field(default_factory=ProPrices)

    @cached_property
    def livemode(self) -> bool | None:
        """Whether the keys are for live mode, None without keys; raises SecretUnreadableError."""
        mode = self.settings.mode
        return None if mode is None else mode == "live"

    @cached_property
    def modes(self) -> tuple[bool, ...]:
        """Of which `livemode` things count: of the keys', of either without keys to read."""
        mode = self.settings.readable_mode
        return (True, False) if mode is None else (mode == "live",)

    def counts(self, livemode: bool) -> bool:
        """Return whether what is of this mode counts: nothing of test mode does beside live keys."""
        return livemode in self.modes

    @property
    def is_test(self) -> bool:
        """Whether no real money moves: the keys are Stripe's test keys."""
        return self.settings.readable_mode == "test"

    @property
    def policy(self) -> Policy:
        return Policy(
            grace=timedelta(days=self.settings.past_due_grace_days),
            allowance=timedelta(days=self.settings.renewal_allowance_days),
        )


def load_tenant(site: Site) -> TenantBilling:
    """Return the site's billing, in one statement; without settings, a tenant that has no keys."""
    rows = list(tenant_statement().rows(site=site.pk))
    first: Mapping[str, object] = rows[0] if rows else {}
    return TenantBilling(
        site=site,
        settings=settings_from(first, site),
        enabled=bool(first.get("enabled")),
        pro=pro_prices_from(rows, first),
    )


@lru_cache(maxsize=1)
def tenant_statement() -> Statement:
    """Return what reads a site's billing: one row for each price."""
    return compiled(
        Site.objects.filter(pk=Given("site", Site._meta.pk))
        .annotate(
            enabled=F("features__billing_enabled"),
            price=F("pro_prices__stripe_id"),
            product=F("pro_prices__product_id"),
        )
        .values(
            "enabled",
            "price",
            "product",
            **{f"setting_{name}": F(f"billingsettings__{name}") for name in SETTINGS_COLUMNS},
        )
    )


def settings_from(row: Mapping[str, object], site: Site) -> BillingSettings:
    """Return the settings in a row of the statement above, unsaved ones where there are none."""
    if not row or row["setting_id"] is None:
        return BillingSettings(site=site)
    settings = BillingSettings.from_db(
        "default", SETTINGS_COLUMNS, [row[f"setting_{name}"] for name in SETTINGS_COLUMNS]
    )
    settings.site = site
    return settings


def pro_prices_from(rows: list[dict[str, object]], first: Mapping[str, object]) -> ProPrices:
    """Return the prices and products in the rows; the settings' own two prices count at once."""
    current = (first.get("setting_monthly_price_id"), first.get("setting_annual_price_id"))
    return ProPrices(
        prices=frozenset(
            str(price) for price in (*current, *(row["price"] for row in rows)) if price
        ),
        products=frozenset(str(row["product"]) for row in rows if row["product"]),
    )
