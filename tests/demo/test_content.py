"""What the demo's publications hold, and how its content files are read."""

from collections import Counter

import pytest

from demo.articles import body_of, read_articles, read_publication
from demo.publications import MOTIFS

TENANTS = ("courier", "gazette")


def words(article):
    texts = [
        block["value"]["text"] if block["type"] == "quote" else block["value"] or ""
        for block in article.body
    ]
    return len(" ".join(texts).split())


@pytest.mark.parametrize("tenant", TENANTS)
def test_a_dozen_articles_four_of_each_access(tenant):
    articles = read_articles(tenant)
    assert Counter(article.access for article in articles) == {"public": 4, "members": 4, "pro": 4}
    assert {article.motif for article in articles} <= set(MOTIFS)


@pytest.mark.parametrize("tenant", TENANTS)
def test_articles_are_of_a_length_to_be_read_and_walls_stand_inside_them(tenant):
    for article in read_articles(tenant):
        assert 300 <= words(article) <= 750, article.slug
        kinds = [block["type"] for block in article.body]
        if article.access == "public":
            assert "paywall" not in kinds, article.slug
        else:
            assert kinds.count("paywall") == 1, article.slug
            assert kinds[0] == "paragraph", article.slug


@pytest.mark.parametrize("tenant", TENANTS)
def test_every_article_stands_in_a_section_and_the_lead_stories_exist(tenant):
    told, articles = read_publication(tenant), read_articles(tenant)
    assert {article.section for article in articles} == {
        section["title"] for section in told["sections"]
    }
    assert set(told["lead_stories"]) <= {article.slug for article in articles}


def test_the_little_markdown_becomes_blocks():
    blocks = body_of(
        "One *two* **three** <four>\n\n- a\n- b\n\n--- paywall ---\n\n> Said\n> — Who\n\n## End"
    )
    assert blocks == [
        {
            "type": "paragraph",
            "value": "<p>One <i>two</i> <b>three</b> &lt;four&gt;</p><ul><li>a</li><li>b</li></ul>",
        },
        {"type": "paywall", "value": None},
        {"type": "quote", "value": {"text": "Said", "attribution": "Who"}},
        {"type": "paragraph", "value": "<h2>End</h2>"},
    ]
