"""A sandbox of one's own for each test, Stripe's SDK pointed at it, and a site that listens."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.stripe_sandbox.server import Sandbox

DAY = 86400


@pytest.fixture
def sandbox():
    sandbox = Sandbox(port=0, retry_after=(0.02, 0.02, 0.05, 0.1)).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def account(sandbox):
    return sandbox.create_account("gazette")


def client_for(sandbox, key):
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, max_network_retries=0).v1


@pytest.fixture
def api(sandbox, account):
    return client_for(sandbox, account.secret_key)


@pytest.fixture
def product(api):
    return api.products.create({"name": "Pro"})


@pytest.fixture
def monthly(api, product):
    return price_of(api, product, 500, "month")


@pytest.fixture
def annual(api, product):
    return price_of(api, product, 5000, "year")


def price_of(api, product, amount, interval):
    return api.prices.create(
        {
            "product": product.id,
            "unit_amount": amount,
            "currency": "usd",
            "recurring": {"interval": interval},
        }
    )


@pytest.fixture
def customer(api):
    return api.customers.create({"email": "ada@example.com"})


@pytest.fixture
def open_checkout(api, customer, monthly):
    """Return a function that makes a checkout session for the customer."""

    def open_checkout(**params):
        wanted = {
            "mode": "subscription",
            "customer": customer.id,
            "line_items": [{"price": monthly.id, "quantity": 1}],
            "success_url": "http://localhost:8000/done?session_id={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://localhost:8000/pro/",
        }
        return api.checkout.sessions.create(wanted | params)

    return open_checkout


@pytest.fixture
def subscribe(sandbox, api, open_checkout):
    """Return a function that buys at the hosted page; it returns the subscription."""

    def subscribe(card="4242424242424242", bank=None, **params):
        session = open_checkout(**params)
        sandbox.pay_checkout(session.id, card=card, bank=bank)
        session = api.checkout.sessions.retrieve(session.id)
        return api.subscriptions.retrieve(session.subscription)

    return subscribe


class Site:
    """What a site with a webhook endpoint sees."""

    def __init__(self):
        self.received = []
        self.answers = []
        self.lock = threading.Lock()
        self.busy = self.most_at_once = 0
        self.takes = 0.0  # seconds for each

    def types(self):
        return [event.type for event, _ in self.received]

    def of(self, type):
        return [event for event, _ in self.received if event.type == type]

    def clear(self):
        self.received.clear()


@pytest.fixture
def listener():
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            with site.lock:
                site.busy += 1
                site.most_at_once = max(site.most_at_once, site.busy)
            time.sleep(site.takes)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = site.answers.pop(0) if site.answers else 200
            signature = self.headers["Stripe-Signature"]
            try:
                event = stripe.Webhook.construct_event(body, signature, site.secret)
                event.host = self.headers["Host"]
            except stripe.SignatureVerificationError:
                status = 400
            if status == 200:
                site.received.append((event, body))
            self.send_response(status)
            self.end_headers()
            with site.lock:
                site.busy -= 1

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=lambda: server.serve_forever(0.05), daemon=True).start()
    site.url = f"http://gazette.localhost:{server.server_address[1]}/api/stripe/webhook"
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(api, listener):
    endpoint = api.webhook_endpoints.create({"url": listener.url, "enabled_events": ["*"]})
    listener.secret, listener.endpoint = endpoint.secret, endpoint.id
    return listener
