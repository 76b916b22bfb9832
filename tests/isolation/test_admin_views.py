"""Rule T4, by hand: what the walk can't think of."""

import json

import pytest
from wagtail.models import GroupPagePermission, Page, Site, get_page_models
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from home.models import ArticlePage
from krate_site.tenancy.forms import TenantPageForm
from krate_site.tenancy.models import Publication
from membership.models import User
from tests.isolation.walking import everything_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(own, client_at):
    """A browser of an admin, at his own tenant's host."""
    client = client_at(own.site)
    client.force_login(own.people["admin"])
    return client


def article_form(own, **changed):
    return nested_form_data(
        {
            "title": "Mine",
            "slug": "mine",
            "introduction": "",
            "access": "public",
            "author": "",
            "date": "2026-11-23",
            "tags": "",
            "lead_image": own.keys["image"],
            "body": streamfield([]),
            "comments": {
                "TOTAL_FORMS": 0,
                "INITIAL_FORMS": 0,
                "MIN_NUM_FORMS": 0,
                "MAX_NUM_FORMS": 0,
            },
            **changed,
        }
    )


def blocks_with(other):
    keys = other.keys
    return {
        "a picture": (
            "image",
            {"image": {"image": keys["image"], "alt_text": "x", "decorative": ""}},
        ),
        "a page": (
            "call_to_action",
            {"text": "a", "button": "b", "page": keys["draft"], "url": ""},
        ),
        "a link in a text": (
            "paragraph",
            rich_text(f'<a linktype="page" id="{keys["draft"]}">a</a>'),
        ),
        "a file in a text": (
            "paragraph",
            rich_text(f'<a linktype="document" id="{keys["document"]}">a</a>'),
        ),
    }


@pytest.mark.parametrize("what", ["a picture", "a page", "a link in a text", "a file in a text"])
@pytest.mark.parametrize("title", ["Mine", ""], ids=["valid", "with an error elsewhere"])
def test_T4_blocks_take_nothing_of_another_tenants(admin, own, other, what, title):
    form = article_form(own, title=title, body=streamfield([blocks_with(other)[what]]))
    edit = f"/admin/pages/{own.keys['draft']}/edit/"
    for address in (edit, f"{edit}preview/"):
        answer = admin.post(address, form, headers={"x-requested-with": "XMLHttpRequest"})
        assert answer.status_code == 403
        assert other.mark.lower() not in everything_in(answer)
    assert other.mark not in str(ArticlePage.objects.get(pk=own.keys["draft"]).body)


def test_T4_forms_know_whose_they_are_of_a_tenant_that_another_process_made(
    admin, own, other, known_before_the_tenant_was_made
):
    edit = f"/admin/pages/{own.keys['draft']}/edit/"
    new = f"/admin/pages/add/home/articlepage/{own.keys['section']}/"
    foreign = article_form(own, lead_image=other.keys["image"])
    linking = article_form(own, body=streamfield([blocks_with(other)["a page"]]))
    for address, form in ((edit, foreign), (edit, linking), (new, foreign)):
        answer = admin.post(address, form, headers={"x-requested-with": "XMLHttpRequest"})
        assert answer.status_code == 403


def test_an_admin_page_that_is_not_found_is_no_error_at_a_tenant_that_another_process_made(
    admin, known_before_the_tenant_was_made
):
    assert admin.get("/admin/documents/chooser/chosen/4000/").status_code == 404
    admin.force_login(User.objects.create_superuser("root@example.com"))
    assert admin.get("/admin/documents/chooser/chosen/4000/").status_code == 404


def test_a_superuser_sees_where_every_tenants_pages_are(admin, own, other):
    section = Page.objects.get(pk=other.keys["section"])
    admin.force_login(User.objects.create_superuser("root@example.com"))
    listed = admin.get(f"/admin/pages/{section.pk}/").text
    assert f'href="{section.full_url}"' in listed


def test_own_blocks_are_taken(admin, own):
    for title, block in blocks_with(own).items():
        form = article_form(own, title=title, body=streamfield([block]))
        answer = admin.post(f"/admin/pages/{own.keys['draft']}/edit/", form)
        assert answer.status_code == 302, answer.context["form"].errors
        draft = ArticlePage.objects.get(pk=own.keys["draft"]).get_latest_revision_as_object()
        assert draft.title == title
        assert list(draft.body.stream_block.extract_references(draft.body))


@pytest.mark.parametrize("spelling", ["{}", "+{}", "0_5F{}", "0_{}"])
def test_T4_a_key_in_another_spelling_opens_nothing(admin, other, spelling):
    for kind, key in (("images", other.keys["image"]), ("documents", other.keys["document"])):
        chosen = admin.get(f"/admin/{kind}/chooser/chosen/{spelling.format(key)}/")
        assert chosen.status_code == 404
    for text in (f" {other.keys['draft']}", f"+{other.keys['draft']}", f"0_{other.keys['draft']}"):
        several = admin.get("/admin/choose-page/chosen-multiple/", {"id": text})
        assert other.mark.lower() not in everything_in(several)
    assert admin.get("/admin/choose-page/chosen-multiple/", {"id": "9" * 30}).status_code == 404


def test_T4_many_pages_are_moved_to_no_page_of_another_tenant_nor_told_its_title(admin, own, other):
    moving = f"/admin/bulk/wagtailcore/page/move/?id={own.keys['draft']}"
    assert admin.get(moving).status_code == 200
    for key in (other.keys["draft"], f" {other.keys['draft']}"):
        answer = admin.post(moving, {"chooser": key})
        assert other.mark.lower() not in everything_in(answer)
        assert answer.status_code == 404
    admin.post(moving, {"chooser": own.keys["section"]})
    draft = ArticlePage.objects.get(pk=own.keys["draft"])
    assert draft.get_parent().pk == own.keys["section"]


def test_T4_tags_are_offered_from_own_things_only(admin, own, other):
    assert json.loads(admin.get("/admin/tag-autocomplete/?term=Brack").content) == [
        "Brackenfield tag"
    ]
    assert json.loads(admin.get("/admin/tag-autocomplete/?term=Quill").content) == []


def test_T4_whoever_works_for_one_tenant_has_no_admin_at_another(client_at, own, other):
    client = client_at(other.site)
    client.force_login(own.people["admin"])
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain
    assert "/accounts/login/" in answer.redirect_chain[0][0]


def test_T4_whoever_works_for_two_sees_one_at_a_time(client_at, own, other):
    both = own.people["editor"]
    both.groups.add(other.site.tenant.admins)
    client = client_at(own.site)
    client.force_login(both)
    for address in ("/admin/", "/admin/pages/", "/admin/images/", "/admin/choose-page/"):
        answer = client.get(address, follow=True)
        assert answer.status_code == 200
        assert other.mark.lower() not in everything_in(answer)
    assert client.get(f"/admin/pages/{other.keys['page']}/edit/").status_code == 404
    assert client.get("/admin/settings/tenancy/publication/", follow=True).status_code == 200
    client.speak_to(other.site)
    assert client.get(f"/admin/pages/{other.keys['page']}/edit/").status_code == 200


def test_T4_a_right_granted_by_mistake_reaches_no_other_tenant(admin, own, other):
    everywhere = Page.objects.get(depth=1)
    for right in ("add", "change", "publish", "bulk_delete"):
        GroupPagePermission.objects.create(
            group=own.site.tenant.admins, page=everywhere, permission_type=right
        )
    assert admin.get(f"/admin/pages/{other.keys['page']}/edit/").status_code == 404
    listed = admin.get("/admin/api/main/pages/")
    assert other.mark.lower() not in everything_in(listed)


def test_an_admin_cannot_delete_the_front_page_and_with_it_the_tenant(admin, own):
    key = own.keys["front page"]
    admin.post(f"/admin/pages/{key}/delete/")
    admin.post(f"/admin/bulk/wagtailcore/page/delete/?id={key}")
    assert Site.objects.filter(pk=own.site.pk).exists()
    assert Publication.objects.filter(site=own.site).exists()


@pytest.mark.parametrize(
    "address",
    [
        "/admin/images/chooser/nonsense/",
        "/admin/documents/chooser/nonsense/",
        "/admin/bulk/wagtailcore/page/delete/?childOf=",
        "/admin/bulk/wagtailcore/page/delete/?id=all&childOf=nonsense",
    ],
)
def test_a_key_that_is_no_number_is_nobodys(admin, address):
    assert admin.get(address).status_code == 404


def test_T4_every_page_type_has_the_form_that_refuses_another_tenants_keys():
    forms = {
        model.__name__: model.get_edit_handler().get_form_class()
        for model in get_page_models()
        if model is not Page
    }
    assert {"ArticlePage", "HomePage", "SectionPage", "StandardPage"} <= set(forms)
    assert [name for name, form in forms.items() if not issubclass(form, TenantPageForm)] == []
