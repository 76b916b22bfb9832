"""The calls under /_sandbox/, for tests that run the sandbox as a process: JSON in, JSON out."""

import json
from typing import TYPE_CHECKING

from django.http import HttpRequest, JsonResponse

from .accounts import Account
from .errors import DeclinedError, StripeError
from .presentation import present

if TYPE_CHECKING:
    from .server import Sandbox

# Each is the method of that name; its arguments come as a JSON object.
CALLS = (
    "advance", "advance_to", "advance_to_next", "create_account", "deliver", "deliveries", "events",
    "flush", "mail", "mischief", "now", "pay_checkout", "press", "requests", "reset",
)  # fmt: skip


def answer(sandbox: "Sandbox", request: HttpRequest) -> JsonResponse:
    name = request.path.removeprefix("/_sandbox/")
    if name not in CALLS or request.method != "POST":
        return JsonResponse({"error": f"There is POST {', '.join(CALLS)}."}, status=404)
    try:
        result = getattr(sandbox, name)(**json.loads(request.body or "{}"))
    except (ValueError, LookupError, TypeError, DeclinedError, StripeError) as problem:
        return JsonResponse({"error": f"{type(problem).__name__}: {problem}"}, status=400)
    shown = result.describe() if isinstance(result, Account) else present(result)
    return JsonResponse(shown, safe=False)
