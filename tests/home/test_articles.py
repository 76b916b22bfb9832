"""What readers see of an article, and what they never do."""

import json
import re

import pytest

from home.models import ArticlePage
from tests.factories import (
    HIDDEN,
    TEASER,
    ArticlePageFactory,
    ImageFactory,
    StandardPageFactory,
    body_of,
)


def structured_data(response):
    """Return the JSON-LD of a page."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', response.text)
    return json.loads(found[1])


def test_public_article_shows_all_of_its_text(site, client_at, section):
    article = ArticlePageFactory(parent=section)
    response = client_at(site).get(article.url)
    assert TEASER in response.text
    assert HIDDEN in response.text
    assert 'class="wall' not in response.text


@pytest.mark.parametrize("access", ["members", "pro", "nonsense"])
def test_G2_closed_article_shows_its_teaser_then_the_wall(site, client_at, section, access):
    article = ArticlePageFactory(parent=section, access="pro")
    ArticlePage.objects.update(access=access)
    response = client_at(site).get(article.url)
    assert response.status_code == 200
    assert TEASER in response.text
    assert article.introduction in response.text
    assert 'class="wall' in response.text
    assert HIDDEN not in response.text


def test_G2_closed_article_without_divider_shows_its_introduction_only(site, client_at, section):
    body = body_of(("paragraph", f"<p>{HIDDEN}</p>"))
    article = ArticlePageFactory(parent=section, access="pro", body=body)
    response = client_at(site).get(article.url)
    assert article.introduction in response.text
    assert HIDDEN not in response.text


def test_G2_hidden_text_stands_in_no_head_and_no_structured_data(site, client_at, section):
    article = ArticlePageFactory(parent=section, access="pro", introduction="")
    head = client_at(site).get(article.url).text.split("</head>")[0]
    assert "heron" not in head
    assert "kettle" not in head


def test_R30_pro_member_reads_the_whole_article(site, client, section, sign_in):
    article = ArticlePageFactory(parent=section, access="pro")
    sign_in(pro=True)
    response = client.get(article.url)
    assert HIDDEN in response.text
    assert 'class="wall' not in response.text


def test_free_member_reads_what_is_for_members_and_not_what_is_for_pro(
    site, client, section, sign_in
):
    for_members = ArticlePageFactory(parent=section, access="members")
    for_pro = ArticlePageFactory(parent=section, access="pro")
    sign_in()
    assert HIDDEN in client.get(for_members.url).text
    assert HIDDEN not in client.get(for_pro.url).text


def test_G4_structured_data_says_not_free_exactly_where_a_wall_stands(
    site, client, client_at, section, sign_in
):
    article = ArticlePageFactory(parent=section, access="pro")
    walled = structured_data(client_at(site).get(article.url))
    assert walled["isAccessibleForFree"] is False
    assert walled["hasPart"]["cssSelector"] == ".wall"
    sign_in(pro=True)
    assert "isAccessibleForFree" not in structured_data(client.get(article.url))


def test_head_request_says_what_get_says_without_a_body(site, client_at, section):
    article = ArticlePageFactory(parent=section, access="pro")
    response = client_at(site).head(article.url)
    assert response.status_code == 200
    assert response.content == b""
    assert response["Cache-Control"] == "private, no-store"


def test_G4_public_article_is_the_same_for_everybody_and_sets_no_cookie(
    site, client, client_at, section, sign_in
):
    article = ArticlePageFactory(parent=section)
    anonymous = client_at(site).get(article.url)
    sign_in(pro=True)
    signed_in = client.get(article.url)
    assert anonymous.content == signed_in.content
    assert not anonymous.cookies
    assert "Cookie" not in anonymous.get("Vary", "")
    assert "public" in anonymous["Cache-Control"]


def test_title_cannot_break_out_of_the_structured_data(site, client_at, section):
    article = ArticlePageFactory(parent=section, title="</script><script>alert(1)</script>")
    response = client_at(site).get(article.url)
    assert "<script>alert" not in response.text
    assert structured_data(response)["headline"] == "</script><script>alert(1)</script>"


def test_article_names_author_date_section_and_tags(site, client_at, section):
    article = ArticlePageFactory(parent=section, date="2026-11-04", tags=["Night trains"])
    response = client_at(site).get(article.url)
    assert "Ada Ferrer" in response.text
    assert "4 November 2026" in response.text
    assert f'href="{section.url}"' in response.text
    assert "/search/?tag=night-trains" in response.text


def test_lead_image_says_what_it_shows(site, client_at, section):
    described = ArticlePageFactory(parent=section, lead_image=ImageFactory())
    in_its_own_words = ArticlePageFactory(
        parent=section, lead_image=ImageFactory(), lead_image_alt="Two herons"
    )
    client = client_at(site)
    assert 'alt="A heron by a weir"' in client.get(described.url).text
    assert 'alt="Two herons"' in client.get(in_its_own_words.url).text


def test_every_kind_of_block_is_shown(site, client_at, section):
    image = {"image": ImageFactory().pk, "decorative": False, "alt_text": "A weir"}
    article = ArticlePageFactory(
        parent=section,
        body=body_of(
            ("paragraph", "<h2>A heading</h2>"),
            ("image", {"image": image, "caption": "At dawn", "credit": "Mei Tanaka"}),
            ("quote", {"text": "I remember.", "attribution": "The conductor"}),
            ("embed", {"url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "caption": "A film"}),
            ("call_to_action", {"text": "Come.", "button": "Go", "url": "https://example.com/"}),
        ),
    )
    text = client_at(site).get(article.url).text
    for part in [
        "<h2>A heading</h2>",
        'alt="A weir"',
        "At dawn",
        "Mei Tanaka",
        "I remember.",
        "The conductor",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        'href="https://example.com/"',
    ]:
        assert part in text


def test_standing_page_can_be_gated_too(site, client_at):
    page = StandardPageFactory(
        parent=site.root_page, access="members", body=body_of(("paragraph", f"<p>{HIDDEN}</p>"))
    )
    assert HIDDEN not in client_at(site).get(page.url).text


def test_G2_no_inline_style_or_script_stands_on_a_page(site, client_at, section):
    article = ArticlePageFactory(parent=section, access="pro", lead_image=ImageFactory())
    for address in ["/", section.url, article.url, "/search/?q=kettle", "/nowhere/"]:
        text = client_at(site).get(address).text
        assert " style=" not in text
        assert "<style" not in text
        assert re.findall(r"<script(?! type=\"application/ld\+json\")", text) == []
