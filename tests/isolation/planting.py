"""Plants two tenants full of everything, where every word of one says whose it is."""

import datetime
import io
import uuid
from dataclasses import dataclass, field

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import models
from django.utils import timezone
from PIL import Image as Picture
from wagtail.admin.models import EditingSession
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.log_actions import log
from wagtail.models import Comment, GroupSitePermission, Page, Site, UploadedFile

from billing.models import BillingSettings, TenantFeatures
from home.models import ArticlePage, SectionPage, StandardPage
from home.tenants import create_tenant
from krate_site.tenancy.clone_guard import bind
from krate_site.tenancy.models import LiveBinding, Publication, Tenant
from membership.models import Membership, TenantLogEntry, User

ContentType = apps.get_model("contenttypes", "ContentType")
# Planted by hand below, or made by `create_tenant`.
BY_HAND = {Tenant, Publication, TenantFeatures, Membership, BillingSettings, GroupSitePermission}
BY_HAND |= {LiveBinding, TenantLogEntry}


@dataclass
class Planted:
    """A tenant and one of each of its things, by the name that the walker asks for."""

    mark: str
    site: Site
    keys: dict[str, int | str] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    # What walks have looked up: {address: what its forms would send}, {model: keys of its rows}.
    forms: dict[str, list] = field(default_factory=dict)
    closure: dict | None = None

    @property
    def page(self):
        return ArticlePage.objects.get(pk=self.keys["page"])


def plant(mark, hostname):
    """Make a tenant whose every name, text, address and record has `mark` in it."""
    site = create_tenant(hostname=hostname, name=f"The {mark}", port=80).site
    planted = Planted(mark=mark, site=site)
    plant_people(planted)
    plant_files(planted)
    plant_pages(planted)
    plant_settings(planted)
    plant_records(planted)
    return planted


def plant_people(planted):
    for role, group in {
        "admin": planted.site.tenant.admins,
        "editor": planted.site.tenant.editors,
        "member": None,
    }.items():
        person = User.objects.create_user(
            f"{role}@{planted.mark}.example.com".lower(), first_name=planted.mark, last_name=role
        )
        person.mark_email_verified()
        Membership.objects.create(
            site=planted.site, user=person, reason_params={"mark": planted.mark}
        )
        if group:
            person.groups.add(group)
        planted.people[role] = person
    planted.keys["user"] = planted.people["member"].pk
    planted.keys["colleague"] = planted.people["editor"].pk
    planted.keys["membership"] = Membership.objects.filter(user=planted.people["member"]).get().pk
    planted.keys["group"] = planted.site.tenant.editors.pk


def picture(name):
    buffer = io.BytesIO()
    Picture.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return ImageFile(buffer, name=name)


def plant_files(planted):
    mark, admin = planted.mark, planted.people["admin"]
    root = planted.site.tenant.collection
    collection = root.add_child(name=f"{mark} pictures")
    image = get_image_model().objects.create(
        title=f"{mark} picture",
        description=f"{mark} described",
        file=picture("picture.png"),
        collection=collection,
        uploaded_by_user=admin,
    )
    document = get_document_model().objects.create(
        title=f"{mark} paper",
        file=ContentFile(f"{mark} inside".encode(), name="paper.txt"),
        collection=collection,
        uploaded_by_user=admin,
    )
    for thing in (image, document):
        thing.tags.add(f"{mark} tag")
    for thing in (image, document, collection):
        log(thing, "wagtail.edit", user=admin)
    planted.keys |= {
        "image": image.pk,
        "document": document.pk,
        "filename": document.filename,
        "collection": collection.pk,
        "own collection": root.pk,
        "upload": UploadedFile.objects.create(
            for_content_type=ContentType.objects.get_for_model(image),
            file=ContentFile(b"-", name="upload.png"),
            uploaded_by_user=admin,
        ).pk,
    }


def plant_pages(planted):
    mark, admin = planted.mark, planted.people["admin"]
    section = planted.site.root_page.add_child(
        instance=SectionPage(title=f"{mark} section", slug="section", owner=admin)
    )
    article = section.add_child(
        instance=ArticlePage(
            title=f"{mark} article",
            slug="article",
            owner=admin,
            author=f"{mark} author",
            introduction=f"{mark} introduction",
            lead_image_id=planted.keys["image"],
            body=[{"type": "paragraph", "value": f"<p>{mark} body</p>"}],
        )
    )
    article.tags.add(f"{mark} tag")
    first = article.save_revision(user=admin, log_action=True)
    first.publish(user=admin)
    article.title = f"{mark} article, as a draft"
    second = article.save_revision(user=admin, log_action=True)
    comment = Comment.objects.create(
        page=article, user=admin, text=f"{mark} comment", contentpath="title"
    )
    article = ArticlePage.objects.get(pk=article.pk)
    article.locked, article.locked_by, article.locked_at = True, admin, timezone.now()
    article.save()
    draft = section.add_child(
        instance=ArticlePage(title=f"{mark} draft", slug="draft", live=False, owner=admin)
    )
    standing = planted.site.root_page.add_child(
        instance=StandardPage(title=f"{mark} standing", slug="about", owner=admin)
    )
    alias = draft.create_alias(update_slug="alias")
    planted.keys |= {
        "page": article.pk,
        "section": section.pk,
        "front page": planted.site.root_page_id,
        "standing page": standing.pk,
        "draft": draft.pk,
        "alias": alias.pk,
        "revision": first.pk,
        "second revision": second.pk,
        "comment": comment.pk,
        "site": planted.site.pk,
        "editing session": EditingSession.objects.create(
            user=admin,
            content_type=ContentType.objects.get_for_model(ArticlePage),
            object_id=article.pk,
            last_seen_at=timezone.now(),
            is_editing=True,
        ).pk,
    }


def plant_settings(planted):
    mark, site = planted.mark, planted.site
    TenantFeatures.objects.update_or_create(site=site, defaults={"billing_enabled": True})
    publication = Publication.for_site(site)
    publication.tagline = f"{mark} tagline"
    publication.footer_text = f"{mark} footer"
    publication.contact_email = f"office@{mark}.example.com".lower()
    publication.logo_id = planted.keys["image"]
    publication.save()
    log(publication, "wagtail.edit", user=planted.people["admin"])
    fill(BillingSettings.for_site(site), planted).save()
    bind(site)


def plant_records(planted):
    """One row of every model with a `site`, whatever its fields are: a new model is planted too."""
    made = {User: planted.people["member"], Site: planted.site}
    waiting = [
        model
        for model in apps.get_models()
        if any(field.name == "site" for field in model._meta.fields) and model not in BY_HAND
    ]
    waiting += [m for m in apps.get_app_config("billing").get_models() if m not in waiting]
    waiting = [model for model in waiting if model not in BY_HAND]
    while waiting:
        ready = [model for model in waiting if not needed(model) & set(waiting) - {model}]
        assert ready, f"rows that need each other: {waiting}"
        for model in ready:
            waiting.remove(model)
            row = fill(model(), planted, made)
            row.save(force_insert=True)
            made[model] = row
            planted.keys[model._meta.label_lower] = row.pk


def needed(model):
    return {f.related_model for f in model._meta.fields if f.many_to_one and not f.null}


def fill(row, planted, made=None):
    """Put the mark, or what comes nearest to it, in every field of a row."""
    for column in row._meta.concrete_fields:
        value = value_for(column, planted, made or {})
        if value is not None:
            setattr(row, column.name, value)
    return row


def value_for(column, planted, made):
    if column.primary_key or isinstance(column, models.OneToOneField):
        return made.get(column.related_model) if column.is_relation else None
    if column.is_relation:
        return made.get(column.related_model)
    if column.choices:
        return column.choices[0][0] if not column.has_default() else None
    for kind, value in {
        models.EmailField: f"record@{planted.mark}.example.com".lower(),
        models.UUIDField: uuid.uuid4(),
        models.JSONField: None
        if column.get_default() == []
        else {"mark": f"{planted.mark} recorded"},
        models.DateTimeField: timezone.now(),
        models.DateField: datetime.date(2026, 11, 23),
        models.BooleanField: None,
        models.IntegerField: 7,
    }.items():
        if isinstance(column, kind):
            return value
    if isinstance(column, (models.CharField, models.TextField)):
        text = f"{planted.mark}_{column.name}"
        return text[: column.max_length] if (column.max_length or 99) > len(planted.mark) else "eur"
    return None


def everything_of(planted):
    """Return {model: keys} of every row that is this tenant's, by what would fall with it."""
    roots = [
        planted.site,
        planted.site.root_page,
        planted.site.tenant.collection,
        *planted.people.values(),
    ]
    rows = {}
    for root in roots:
        collect(root, rows)
    for page in Page.objects.descendant_of(planted.site.root_page).specific():
        collect(page, rows)
        collect(page.page_ptr, rows)
        for revision in page.revisions.all():
            collect(revision, rows)
    for model in (get_image_model(), get_document_model()):
        path = planted.site.tenant.collection.path
        for item in model.objects.filter(collection__path__startswith=path):
            collect(item, rows)
    for collection in planted.site.tenant.collection.get_descendants():
        collect(collection, rows)
    return rows


def collect(row, rows):
    """Add a row and whatever points to it."""
    keys = rows.setdefault(type(row), set())
    if row.pk in keys:
        return
    keys.add(row.pk)
    for relation in row._meta.get_fields(include_hidden=True):
        if relation.concrete or not (relation.one_to_many or relation.one_to_one):
            continue
        if not hasattr(relation, "field"):
            continue
        related = relation.related_model._base_manager.filter(**{relation.field.name: row})
        for one in related:
            collect(one, rows)
