"""The calls under /_sandbox/, for tests that run the sandbox as a process: JSON in, JSON out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import mail
from .checkout_completion import DeclinedError
from .messages import Request, Response, json_response
from .presentation import present

if TYPE_CHECKING:
    from .server import Sandbox


def answer(sandbox: Sandbox, request: Request) -> Response:
    name = f"{request.method} {request.path.removeprefix('/_sandbox/').strip('/')}"
    call = CALLS.get(name)
    if call is None:
        return json_response({"error": f"There is {', '.join(sorted(CALLS))}."}, 404)
    try:
        wanted: dict[str, Any] = (
            request.json() if request.method == "POST" else dict(request.arguments)
        )
        return json_response(call(sandbox, wanted))
    except (ValueError, KeyError, TypeError, DeclinedError) as problem:
        return json_response({"error": f"{type(problem).__name__}: {problem}"}, 400)


def accounts(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return [account.describe() for account in sandbox.accounts.values()]


def create_account(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return sandbox.create_account(wanted.pop("name"), **wanted).describe()


def clock(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return {"now": sandbox.now(), "next_due": sandbox.next_due()}


def move_clock(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    if "advance" in wanted:
        sandbox.advance(wanted["advance"])
    elif "to" in wanted:
        sandbox.advance_to(wanted["to"])
    elif wanted.get("next"):
        sandbox.advance_to_next()
    else:
        raise ValueError('give "advance" (seconds), "to" (epoch) or "next" (true)')
    return clock(sandbox, {})


def mischief(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return sandbox.mischief(**wanted)


def deliver(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    """With an event: send it again. Always: wait until all is delivered or given up."""
    timeout = float(wanted.pop("timeout", 30))
    sent = sandbox.deliver(**wanted) if "event_id" in wanted else 0
    done = sandbox.flush(timeout)
    return {"sent": sent, "done": done, "deliveries": sandbox.deliveries()[-50:]}


def reset(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    sandbox.reset()
    return {"reset": True}


def events(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    names = [wanted["account"]] if "account" in wanted else list(sandbox.accounts)
    live = wanted.get("livemode") == "true"
    found = [
        present(event)
        for name in names
        for event in sandbox.events(name, wanted.get("type"), livemode=live)
    ]
    return sorted(found, key=lambda event: event["created"])


def requests(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return sandbox.requests(
        account=wanted.get("account"), method=wanted.get("method"), path=wanted.get("path")
    )


def deliveries(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return sandbox.deliveries()


def messages(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return mail.read_all(sandbox.mail_dir)


def press(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    sandbox.press(wanted.pop("button"), **wanted)
    return {"done": True}


def pay(sandbox: Sandbox, wanted: dict[str, Any]) -> Any:
    return sandbox.pay_checkout(**wanted)


CALLS = {
    "GET accounts": accounts,
    "POST accounts": create_account,
    "GET clock": clock,
    "POST clock": move_clock,
    "POST mischief": mischief,
    "POST deliver": deliver,
    "GET deliveries": deliveries,
    "POST reset": reset,
    "GET events": events,
    "GET requests": requests,
    "GET mail": messages,
    "POST pay": pay,
    "POST press": press,
}
