"""Mails about comments: whom they reach, and what they say."""

import pytest
from wagtail.models import Comment, PageSubscription
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield
from wagtail.users.models import UserProfile

from tests.factories import ArticlePageFactory, SiteFactory, UserFactory, team_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(section):
    return ArticlePageFactory(parent=section, title="Kettles", live=False)


@pytest.fixture
def reply(client, site, article, django_capture_on_commit_callbacks):
    """Return a function by which an editor answers a comment of this person's on the article."""

    def reply(author):
        comment = Comment.objects.create(
            page=article, user=author, text="Is that so?", contentpath="title"
        )
        thread = {
            "id": comment.pk,
            "text": comment.text,
            "contentpath": "title",
            "position": "",
            "resolved": "",
            "deleted": "",
            "replies": inline_formset([{"id": "", "text": "The heron told me."}]),
        }
        form = {
            "title": article.title,
            "slug": article.slug,
            "introduction": "",
            "access": "public",
            "author": "",
            "date": "2026-11-23",
            "tags": "",
            "body": streamfield([]),
            "comments": inline_formset([thread], initial=1),
        }
        editor = team_member(site, "editors", email="editor@example.com", first_name="Ada")
        client.speak_to(site)
        client.force_login(editor)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"/admin/pages/{article.pk}/edit/", nested_form_data(form))
        assert answer.status_code == 302, answer.context["form"].errors
        assert comment.replies.count() == 1

    return reply


def test_T4_comments_are_mailed_to_the_team_of_today_and_quote_nothing(
    site, article, reply, mailoutbox
):
    wrote, subscribed, declined = (team_member(site) for _number in range(3))
    elsewhere, left = team_member(SiteFactory()), UserFactory(verified=True)
    UserProfile.get_for_user(declined)
    UserProfile.objects.filter(user=declined).update(updated_comments_notifications=False)
    for person in (subscribed, declined, left, elsewhere):
        PageSubscription.objects.create(page=article, user=person, comment_notifications=True)
    reply(author=wrote)
    assert {mail.to[0] for mail in mailoutbox} == {wrote.email, subscribed.email}
    for mail in mailoutbox:
        assert mail.subject == "Comments on “Kettles”"
        assert f"http://courier.localhost/admin/pages/{article.pk}/edit/" in mail.body
        assert "heron" not in mail.body + mail.alternatives[0][0]


def test_T4_who_left_the_team_hears_nothing_of_a_thread_that_he_began(reply, mailoutbox):
    reply(author=UserFactory(verified=True))
    assert mailoutbox == []
