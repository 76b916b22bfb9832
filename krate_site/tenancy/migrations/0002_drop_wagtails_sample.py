"""Wagtail's own migrations make a sample site, page, groups and workflow; a tenant is made by
`create_tenant` alone, and the sample would answer at `localhost` and take in every other host."""

from django.db import migrations

SAMPLE_GROUPS = ["Moderators", "Editors"]


def drop_sample(apps, schema_editor):
    Site = apps.get_model("wagtailcore", "Site")
    Page = apps.get_model("wagtailcore", "Page")
    welcome = Page.objects.filter(path="00010001", slug="home", numchild=0).first()
    if welcome is None or not Site.objects.filter(root_page=welcome, hostname="localhost").exists():
        return
    Site.objects.filter(root_page=welcome).delete()
    welcome.delete()
    Page.objects.filter(path="0001").update(numchild=0)
    for model in ("WorkflowPage", "WorkflowTask", "GroupApprovalTask", "Task", "Workflow"):
        apps.get_model("wagtailcore", model).objects.all().delete()
    apps.get_model("auth", "Group").objects.filter(name__in=SAMPLE_GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
        ("wagtailadmin", "0006_formstate"),
        ("wagtailimages", "0027_image_description"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]

    operations = [migrations.RunPython(drop_sample, migrations.RunPython.noop)]
