"""A page, made or kept, and a wall go through few files (see `tests/flows.py`)."""

import pytest

from tests.factories import ArticlePageFactory
from tests.flows import Way


@pytest.mark.usefixtures("known_for_long")
def test_pages_and_walls_go_through_few_files(section, as_member):
    before, article = (ArticlePageFactory(parent=section, access="pro") for _ in range(2))
    reader = as_member(pro=True)
    reader.get(before.url)
    with Way("Pro page made") as made:
        assert reader.get(article.url).status_code == 200
    with Way("Pro page from the cache") as kept:
        assert reader.get(article.url).status_code == 200
    free = as_member()
    with Way("wall made") as wall:
        assert free.get(article.url).status_code == 200
    assert 10 < made.files <= 30
    assert 5 < kept.files <= 17
    assert 10 < wall.files <= 37
