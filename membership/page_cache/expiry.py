"""When a tenant's pages next change by the clock alone: a timed gate opens or closes."""

from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Func, Min, Q, Value
from wagtail.models import Page, Site, get_page_models

from krate_site.tenancy.ownership import of_tenant
from membership.paywall import GatedPage


class Days(Func):
    """So many days, of a column that counts them: databases don't agree on how to multiply."""

    template = "(%(expressions)s * INTERVAL '1 day')"
    output_field = DurationField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Where there is no type for it, Django keeps durations in microseconds.
        return self.as_sql(
            compiler, connection, template="(%(expressions)s * 86400000000)", **context
        )


def next_change(site: Site, after: datetime) -> datetime | None:
    """Return the first moment after this one at which a gate of the tenant's opens or closes.

    Lists show the badges of many pages, so every gate counts for every page. One statement.
    """
    moments = {}
    for table in gated_tables():
        closes = f"{table}__public_until"
        days = Days(F(f"{table}__public_after_days"))
        opens = ExpressionWrapper(F("first_published_at") + days, output_field=DateTimeField())
        moments[f"{table}_closes"] = Min(closes, filter=Q(**{f"{closes}__gt": after}))
        moments[f"{table}_opens"] = Min(
            opens,
            filter=Q(first_published_at__gt=Value(after, output_field=DateTimeField()) - days),
        )
    found = of_tenant(Page.objects.all(), site).aggregate(**moments).values()
    return min((moment for moment in found if moment is not None), default=None)


def gated_tables() -> list[str]:
    """Return the page types that have gates, by the names that queries of pages know them by."""
    gated = [model for model in get_page_models() if issubclass(model, GatedPage)]
    links = [model._meta.get_ancestor_link(Page) for model in gated]
    return [link.related_query_name() for link in links if link is not None]
