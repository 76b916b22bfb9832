"""What a reader does in the browser, in the words of what he sees."""

import re

from playwright.sync_api import expect

PASSWORD = "a-long-enough-word-42"
DECLINED_CARD = "4000000000000002"
CONFIRMED_CARD = "4000002500003155"
GOOD_CARD = "4242424242424242"
DAY = 86_400


class Reader:
    """Somebody with a browser at one tenant."""

    def __init__(self, page, shop, sandbox, mailbox):
        self.page = page
        self.shop = shop
        self.sandbox = sandbox
        self.mailbox = mailbox
        self.email = ""

    # Reading

    def open(self, path):
        self.page.goto(self.shop.site.root_url + path)

    def open_article(self, access):
        self.open(f"/world/for-{access}/")

    def sees(self, text):
        expect(self.page.locator("main")).to_contain_text(text)

    def sees_no(self, text):
        expect(self.page.locator("body")).not_to_contain_text(text)

    def press(self, label):
        self.page.get_by_role("button", name=label).first.click()

    def follow(self, label):
        self.page.get_by_role("link", name=label).first.click()

    # Signing up

    def sign_up_from_the_wall(self, email, action):
        """Follow the wall's button, sign up, and type in the code from the mail."""
        self.email = email
        self.follow(action)
        self.page.locator("main input[type=email]").fill(email)
        self.page.locator("input[type=password]").first.fill(PASSWORD)
        self.press("Create account")
        expect(self.page.locator("input[name=code]")).to_be_visible()
        self.page.locator("input[name=code]").fill(self.mailed_code())
        self.press("Go on")

    def mailed_code(self):
        """Return the code in the newest mail to this reader."""
        found = re.search(r"^ {4}([A-Z0-9-]{6,9})$", self.newest_mail().body, re.MULTILINE)
        assert found, self.newest_mail().body
        return found[1]

    def newest_mail(self):
        mails = [mail for mail in self.mailbox if self.email in mail.to]
        assert mails, f"no mail to {self.email}"
        return mails[-1]

    def sign_in_again(self):
        self.page.locator("main input[type=email]").fill(self.email)
        self.page.locator("input[type=password]").first.fill(PASSWORD)
        self.press("Sign in")

    # Paying

    def choose_plan(self, plan):
        self.press("Subscribe by the month" if plan == "monthly" else "Subscribe for a year")
        self.page.wait_for_url(f"{self.sandbox.url}/**")

    def pay_with(self, card):
        self.fill_in_card(card)
        self.page.get_by_role("button", name=re.compile("^(Subscribe|Pay)")).click()

    def fill_in_card(self, card):
        self.page.locator("[name=card_number]").fill(card)
        self.page.locator("[name=expiry]").fill("12 / 34")
        self.page.locator("[name=cvc]").fill("123")

    # Time

    def wait_days(self, days):
        """Let time pass at Stripe, and every event arrive."""
        self.sandbox.advance(days * DAY)
        assert self.sandbox.flush()

    def wait_for_events(self):
        assert self.sandbox.flush()
