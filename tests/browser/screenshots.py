"""`make screenshots`: takes the pictures in docs/images from a running `make demo`."""

import os
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Error, sync_playwright

from demo import PASSWORD
from tests.browser.chromium import ARGUMENTS, CHROMIUM

PORT = os.environ.get("PORT", "8000")
COURIER, GAZETTE = f"http://localhost:{PORT}", f"http://gazette.localhost:{PORT}"
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
# Down to the invoices.
TALL = {"width": 1000, "height": 1150}

# A name, who looks (an address, or nobody), what at, how wide, and light or dark.
PICTURES = (
    ("front-page", "", f"{COURIER}/", DESK, "light"),
    ("wall-phone-dark", "", f"{GAZETTE}/essays/rose-trial/", PHONE, "dark"),
    ("account", "monthly@courier.example", f"{COURIER}/account/", TALL, "light"),
    (
        "billing-settings",
        "admin@courier.example",
        f"{COURIER}/admin/settings/billing/",
        DESK,
        "light",
    ),
)


def main() -> None:
    """Take every picture into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, email, url, size, scheme in PICTURES:
            context = browser.new_context(viewport=size, color_scheme=scheme)
            page = context.new_page()
            try:
                if email:
                    sign_in(page, url, email)
                page.goto(url)
            except Error as error:
                sys.exit(f"{url}: start `make demo` first. {error.message.splitlines()[0]}")
            # The admin scrolls a part of itself, and would be pictured from its middle.
            if "/admin/" not in url:
                show_all_images(page)
            if name.startswith("wall"):
                page.locator(".wall").scroll_into_view_if_needed()
            save(page.screenshot(), folder / f"{name}.png")
            context.close()
        browser.close()


def save(png, path):
    """Write a screenshot in 256 colours: a third of the bytes, and hardly a difference."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(256).save(path, optimize=True)


def show_all_images(page):
    """Scroll once through the page: images load when they come into view."""
    for _ in range(page.evaluate("Math.ceil(document.body.scrollHeight / innerHeight)")):
        page.mouse.wheel(0, size_of(page))
        page.wait_for_load_state("networkidle")
    page.evaluate("scrollTo(0, 0)")


def size_of(page):
    """Return the height of what is seen at once."""
    return page.viewport_size["height"]


def sign_in(page, url, email):
    """Sign in at the host of this address."""
    page.goto("/".join(url.split("/")[:3]) + "/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/**")


if __name__ == "__main__":
    main()
