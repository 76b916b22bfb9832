"""Why an event changed nothing, in words for the tenant's admin (rule W7)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, str | Promise] = {
    "older": _("Something newer was known already."),
    "final": _("The subscription had ended for good."),
    "other_mode": _("It is of the other mode, test or live, than this site's keys."),
    "not_used": _("This site has no use for events of this type."),
    "unusable": _(
        "Its content has another shape than Stripe's objects have. What it names and is known here "
        "is asked of Stripe instead."
    ),
    "no_customer": _("It belongs to no customer."),
    "unknown_customer": _("Its customer is no member here; applied as soon as one is."),
    "member_deleted": _("The member has deleted the account."),
    "not_ours": _("The checkout wasn't begun on this site."),
    "pruned": _("Its content was no longer kept when the customer became a member."),
    "tenant_told": _("Nothing to change; you were told by mail."),
    "error": _("It failed."),
}


def in_words(code: str) -> str:
    """Return a reason's words; a code that is unknown stands for itself."""
    return str(WORDS.get(code, code))
