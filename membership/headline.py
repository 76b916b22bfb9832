"""Where a member stands, in one line of his own language: what he wants to know first.

It stands above the reason (see `membership.reasons`), and both of them stand once on a page.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.models import Standing
from membership.standing import CurrentStanding

HEADLINES: Mapping[str, Promise] = {
    Standing.FREE: gettext_lazy("You are a member"),
    Standing.TRIAL: gettext_lazy("Your free trial of Pro is running"),
    Standing.PRO: gettext_lazy("You are a Pro member"),
    Standing.ENDING: gettext_lazy("Your Pro membership is set to end"),
    Standing.PAST_DUE: gettext_lazy("Pro has stopped"),
    Standing.ACTION_REQUIRED: gettext_lazy("Your bank asks you to confirm a payment"),
    Standing.INCOMPLETE: gettext_lazy("Pro starts with your first payment"),
    Standing.PENDING: gettext_lazy("Your payment is on its way"),
    Standing.PAUSED: gettext_lazy("Your Pro membership is paused"),
    Standing.ENDED: gettext_lazy("Your Pro membership has ended"),
}


def headline(current: CurrentStanding) -> str:
    """Return the line for where a member stands at this moment."""
    if current.reason_code == "complimentary":
        return _("You are a Pro member, as our guest")
    if current.standing == Standing.PAST_DUE and current.is_pro:
        return _("Your Pro membership waits for a payment")
    return str(HEADLINES.get(current.standing, HEADLINES[Standing.FREE]))
