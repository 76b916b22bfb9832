"""How many SQL statements a page costs (rule S2); lists don't grow with what they list."""

import re

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ArticlePageFactory, ImageFactory, SectionPageFactory


def statements(client, address):
    """Return what tables an uncached answer reads; the images' sizes have been made before."""
    assert client.get(address).status_code == 200
    for cache in caches.all():
        cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [re.search(r'FROM "?(\w+)', query["sql"])[1] for query in captured.captured_queries]


@pytest.mark.parametrize("access", ["public", "members", "pro"])
def test_S2_uncached_article_needs_at_most_14_statements(site, client_at, section, access):
    for _number in range(4):
        article = ArticlePageFactory(
            parent=section, access=access, lead_image=ImageFactory(), tags=["a", "b"]
        )
    asked = statements(client_at(site), article.url)
    assert len(asked) <= 14, asked


@pytest.mark.parametrize("address", ["/", "/world/", "/search/?q=kettle", "/feed/", "/sitemap.xml"])
def test_lists_need_as_many_statements_for_many_articles_as_for_few(
    site, client_at, section, address
):
    for _number in range(6):
        ArticlePageFactory(parent=section, lead_image=ImageFactory())
    few = len(statements(client_at(site), address))
    for number in range(3):
        another = SectionPageFactory(parent=site.root_page)
        for _number in range(3):
            ArticlePageFactory(
                parent=section if number else another, lead_image=ImageFactory(), tags=["x"]
            )
    asked = statements(client_at(site), address)
    assert len(asked) <= few, asked
