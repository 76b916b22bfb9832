"""A mail's words stand in one template, and are sent as text and as HTML."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from krate_site.tenancy.models import Publication
from membership.emails import send_tenant_mail

TEMPLATES = Path(settings.BASE_DIR) / "templates"
MESSAGES = sorted(
    str(path.relative_to(TEMPLATES)).removesuffix("_message.txt")
    for path in TEMPLATES.rglob("*_message.txt")
)
NAME = "Tom & <b>Jerry</b>"
ADDRESS = "https://courier.example/pro/?a=1&b=2"
DAY = datetime(2027, 1, 2, tzinfo=UTC)
EVERYTHING = {
    "code": "ABCD-EFGH",
    "editor": NAME,
    "ends": DAY,
    "is_owed": True,
    "is_sign_up": True,
    "is_trial": True,
    "money": "€9.00",
    "notice": NAME,
    "plan": NAME,
    "reason": "payment_failed",
    "renews": True,
    "title": NAME,
    "type": "invoice.paid",
    "until": DAY,
    "who": NAME,
    **dict.fromkeys(
        (
            *("url", "page_url", "password_url", "admin_url", "forgot_url"),
            *("sign_in_url", "sign_up_url", "password_reset_url", "reset_url"),
        ),
        ADDRESS,
    ),
}
LEAST = {**EVERYTHING, **dict.fromkeys(("ends", "money", "password_url", "plan", "until", "who"))}


@pytest.mark.parametrize("known", [EVERYTHING, LEAST], ids=["all known", "little known"])
@pytest.mark.parametrize("template", MESSAGES)
def test_a_message_is_escaped_in_html_and_in_nothing_else(site, mailoutbox, template, known):
    Publication.objects.create(site=site, contact_email="desk@courier.example")
    site.site_name = NAME
    site.save()
    send_tenant_mail(site, to="ada@example.com", template=template, context=known)
    [mail] = mailoutbox
    [(html, _type)] = mail.alternatives
    assert f"\n{NAME}\nhttp" in mail.body
    assert "Tom &amp; &lt;b&gt;Jerry" in html
    assert "<b>" not in html
    assert "&amp;" not in mail.body
    if "href" in html.split("</p>", 1)[1].rsplit("<p", 1)[0]:
        assert ADDRESS in mail.body
        assert f'href="{ADDRESS.replace("&", "&amp;")}"' in html


@pytest.mark.parametrize("known", [EVERYTHING, LEAST], ids=["all known", "little known"])
@pytest.mark.parametrize("template", MESSAGES)
def test_a_message_has_no_empty_paragraph(template, known):
    with translation.override("en"):
        html, text = (
            render_to_string(f"{template}_message.txt", {**known, "format": form})
            for form in ("html", "txt")
        )
    assert not re.search(r"<p>\s*(<br>)?\s*</p>|<br>\s*</p>", html), html
    assert "<" not in text.replace(NAME, "")
