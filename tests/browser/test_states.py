"""Wall, plans and account page of every state: axe finds nothing, and `make screenshots` keeps them.

Their words are held by tests/billing/test_states.py.
"""

import pytest

from tests.browser.looking import Looker
from tests.factories import UserFactory
from tests.states import STATES

pytestmark = [pytest.mark.axe, pytest.mark.timeout(300)]
# Judged in every run; the others in the long one.
ALWAYS = {"free", "fixed-term", "past-due-grace-over"}
WALL, PLANS, ACCOUNT = "/world/for-pro/", "/pro/?next=/world/for-pro/", "/account/"


@pytest.fixture
def look_as(chromium, tenants, sandbox):
    """Return a function that brings somebody into a state, and gives his browser."""
    contexts = []

    def look_as(state):
        # Switching billing off is the whole tenant's state: that of a tenant of its own.
        shop = tenants["gazette" if state.name.startswith("billing-off") else "courier"]
        user = UserFactory(email=f"{state.name}@example.com", verified=True)
        state.arrange(shop, user)
        contexts.append(chromium.new_context(reduced_motion="reduce"))
        return Looker(contexts[-1], shop.site, None if state.is_visitor else user)

    yield look_as
    for context in contexts:
        context.close()


def pages_of(looker, state, sandbox):
    """Open one page of the state after the other, and say what it is."""
    looker.open(WALL)
    yield "wall"
    looker.open(PLANS)
    if state.stripe_is_away:
        sandbox.mischief(answer="hang_up")
        looker.page.get_by_role("button", name="Subscribe for a year").click()
    yield "pro"
    looker.open(ACCOUNT)
    if state.stripe_is_away:
        looker.page.get_by_role("button", name="Ask the payment service").click()
    yield "account"


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, id=state.name, marks=[] if state.name in ALWAYS else pytest.mark.long)
        for state in STATES
    ],
)
def test_everybody_can_use_wall_plans_and_account(state, look_as, sandbox):
    looker = look_as(state)
    faults = []
    for page in pages_of(looker, state, sandbox):
        faults += looker.judge(f"{state.name}-{page}")
    assert faults == []
