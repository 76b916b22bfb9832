"""Arranges tenants, people and records for tests."""

import json

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory
from wagtail.images.tests.utils import get_test_image_file_jpeg
from wagtail.models import Page, Site

from billing.models import TenantFeatures
from home.models import (
    ArticlePage,
    CustomDocument,
    CustomImage,
    HomePage,
    SectionPage,
    StandardPage,
)
from home.tenants import find_or_make_tenant, grant_rights
from membership.models import Membership, User


class UserFactory(DjangoModelFactory):
    """A person; with `verified=True` one whose address is proven, who can sign in."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"reader{n}@example.com")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(*args, **kwargs)

    @factory.post_generation
    def verified(self, create, proven, **kwargs):
        if proven:
            self.mark_email_verified()


class SiteFactory(DjangoModelFactory):
    """A tenant with a root page of its own; `billing=True` enables billing."""

    class Meta:
        model = Site
        skip_postgeneration_save = True

    hostname = factory.Sequence(lambda n: f"tenant{n}.localhost")
    port = 80
    site_name = factory.Sequence(lambda n: f"Tenant {n}")

    @factory.lazy_attribute
    def root_page(self):
        root = Page.objects.filter(depth=1).first()
        slug = self.hostname.split(".")[0]
        return root.add_child(instance=HomePage(title=self.site_name, slug=slug))

    @factory.post_generation
    def billing(self, create, enabled, **kwargs):
        TenantFeatures.objects.create(site=self, billing_enabled=bool(enabled))


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    site = factory.SubFactory(SiteFactory)
    user = factory.SubFactory(UserFactory)


def team_member(site, group="admins", **fields):
    """Return a person of a tenant's team: of its admins, or of its editors."""
    tenant = find_or_make_tenant(site)
    grant_rights(tenant)
    user = UserFactory(**fields, verified=True)
    user.groups.add(getattr(tenant, group))
    return user


TEASER = "Above the divider the kettle sings for everyone."
HIDDEN = "Below the divider the heron keeps her quiet counsel."


def body_of(*blocks):
    """Return a StreamField's JSON of (type, value) pairs."""
    return json.dumps([{"type": kind, "value": value} for kind, value in blocks])


class PageFactory(DjangoModelFactory):
    """A published page below `parent`; `live=False` leaves it a draft."""

    class Meta:
        abstract = True

    title = factory.Sequence(lambda n: f"Page {n}")

    @classmethod
    def _create(cls, model_class, *args, parent, live=True, tags=(), **fields):
        page = parent.add_child(instance=model_class(live=live, **fields))
        if tags:
            page.tags.add(*tags)
        revision = page.save_revision()
        if live:
            revision.publish()
        return model_class.objects.get(pk=page.pk)


class HomePageFactory(PageFactory):
    """A front page below the tree's root, of no site yet; a site's own is its `root_page`."""

    class Meta:
        model = HomePage

    parent = factory.LazyFunction(lambda: Page.objects.get(depth=1))


class SectionPageFactory(PageFactory):
    """A section, in the menu; `parent` is a site's root page."""

    class Meta:
        model = SectionPage

    title = factory.Sequence(lambda n: f"Section {n}")
    show_in_menus = True


class ArticlePageFactory(PageFactory):
    """An article with TEASER above and HIDDEN below its divider; `parent` is a section."""

    class Meta:
        model = ArticlePage

    title = factory.Sequence(lambda n: f"Article {n}")
    author = "Ada Ferrer"
    introduction = "Why the kettle sings, in a sentence."
    body = body_of(
        ("paragraph", f"<p>{TEASER}</p>"),
        ("paywall", None),
        ("paragraph", f"<p>{HIDDEN}</p>"),
    )


class StandardPageFactory(PageFactory):
    """A standing page; `parent` is a site's root page."""

    class Meta:
        model = StandardPage

    title = factory.Sequence(lambda n: f"Standing page {n}")
    body = body_of(("paragraph", "<p>Who we are and how we work.</p>"))


class ImageFactory(DjangoModelFactory):
    """A small image, in the root collection unless said otherwise."""

    class Meta:
        model = CustomImage

    title = factory.Sequence(lambda n: f"Image {n}")
    description = "A heron by a weir"
    file = factory.LazyFunction(lambda: get_test_image_file_jpeg(size=(800, 600)))


class DocumentFactory(DjangoModelFactory):
    """A small text file, in the root collection unless said otherwise."""

    class Meta:
        model = CustomDocument

    title = factory.Sequence(lambda n: f"Document {n}")
    file = factory.Sequence(lambda n: ContentFile(b"The heron's ledger.", name=f"ledger-{n}.txt"))
