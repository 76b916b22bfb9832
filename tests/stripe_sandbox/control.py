"""The calls under /_sandbox/, for tests that run the sandbox as a process: JSON in, JSON out."""

from typing import TYPE_CHECKING, Any

from . import mail
from .checkout_completion import DeclinedError
from .errors import StripeError
from .messages import Request, Response, json_response
from .presentation import present

if TYPE_CHECKING:
    from .server import Sandbox


def answer(sandbox: "Sandbox", request: Request) -> Response:
    name = f"{request.method} {request.path.removeprefix('/_sandbox/').strip('/')}"
    if name not in CALLS:
        return json_response({"error": f"There is {', '.join(sorted(CALLS))}."}, 404)
    try:
        wanted = request.json() if request.method == "POST" else request.arguments
        return json_response(CALLS[name](sandbox, **wanted))
    except (ValueError, LookupError, TypeError, DeclinedError, StripeError) as problem:
        return json_response({"error": f"{type(problem).__name__}: {problem}"}, 400)


def clock(sandbox: "Sandbox") -> Any:
    return {"now": sandbox.now(), "next_due": sandbox.next_due()}


def move_clock(
    sandbox: "Sandbox", *, advance: float = 0, to: float | None = None, next: bool = False
) -> Any:
    """By so many seconds, to an epoch, or to the next thing that happens."""
    if next:
        sandbox.advance_to_next()
    else:
        sandbox.advance_to(sandbox.now() + advance if to is None else to)
    return clock(sandbox)


def deliver(sandbox: "Sandbox", *, timeout: float = 30, **wanted: Any) -> Any:
    """With an event: send it again. Always: wait until all is delivered or given up."""
    sent = sandbox.deliver(**wanted) if wanted else 0
    done = sandbox.flush(timeout)
    return {"sent": sent, "done": done, "deliveries": sandbox.deliveries()[-50:]}


def events(
    sandbox: "Sandbox", *, account: str = "", type: str | None = None, livemode: str = ""
) -> Any:
    names = [account] if account else list(sandbox.accounts)
    live = livemode == "true"
    found = [event for name in names for event in sandbox.events(name, type, livemode=live)]
    return sorted(present(found), key=lambda event: event["created"])


CALLS: dict[str, Any] = {
    "GET accounts": lambda sandbox: [known.describe() for known in sandbox.accounts.values()],
    "POST accounts": lambda sandbox, **wanted: sandbox.create_account(**wanted).describe(),
    "GET clock": clock,
    "POST clock": move_clock,
    "POST mischief": lambda sandbox, **wanted: sandbox.mischief(**wanted),
    "POST deliver": deliver,
    "GET deliveries": lambda sandbox: sandbox.deliveries(),
    "POST reset": lambda sandbox: {"reset": sandbox.reset() is None},
    "GET events": events,
    "GET requests": lambda sandbox, **wanted: sandbox.requests(**wanted),
    "GET mail": lambda sandbox: mail.read_all(sandbox.mail_dir),
    "POST pay": lambda sandbox, **wanted: sandbox.pay_checkout(**wanted),
    "POST press": lambda sandbox, **wanted: {"done": sandbox.press(**wanted) is None},
}
