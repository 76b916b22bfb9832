"""Why Stripe couldn't be asked, or said no, in words for a tenant's admin."""

from django.utils.translation import gettext as _

from billing.errors import (
    BillingNotConfigured,
    StripeBusy,
    StripeKeysRefused,
    StripeProblem,
    StripeUnreachable,
    WritesHeldBack,
)


def refusal(problem: StripeProblem) -> str:
    """Return what went wrong in words for a tenant admin, with Stripe's own where they help."""
    if isinstance(problem, BillingNotConfigured):
        return _("Enter and save a secret key first.")
    if isinstance(problem, WritesHeldBack):
        return _(
            "This looks like a copy of the site, so nothing is changed at Stripe. A platform "
            "administrator can confirm that it is the real one."
        )
    if isinstance(problem, StripeUnreachable):
        return (
            _("Stripe answers slowly at the moment. Nothing was changed. Try again in a minute.")
            if isinstance(problem, StripeBusy)
            else _("Stripe can't be reached at the moment. Nothing was changed. Try again later.")
        )
    if isinstance(problem, StripeKeysRefused):
        if problem.forbidden:
            return _("The restricted key may not do this. Give it write access at Stripe.")
        return _("Stripe refuses the secret key.")
    return _("Stripe says no: %(reason)s") % {"reason": problem}
