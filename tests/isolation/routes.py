"""Every route of the site with its parameters, and the keys that may stand in them."""

import re
from dataclasses import dataclass

from django.urls import get_resolver, resolve

PARAMETER = re.compile(r"<(?:[^>:]+:)?(\w+)>")

# What a parameter's name stands for, in whichever route: the name of a key of `Planted`.
KEYS = {
    "page_id": "page",
    "parent_page_id": "section",
    "page_to_move_id": "draft",
    "destination_id": "section",
    "page_pk": "page",
    "image_id": "image",
    "document_id": "document",
    "doc_id": "document",
    "collection_id": "collection",
    "uploaded_file_id": "upload",
    "user_id": "user",
    "revision_id": "revision",
    "revision_id_a": "revision",
    "revision_id_b": "second revision",
    "object_id": "page",
    "session_id": "editing session",
    "filename": "filename",
}
# What `pk` and `id` stand for, by the beginning of the route's name.
PRIMARY_KEYS = {
    "wagtailadmin_pages:": "page",
    "wagtailadmin_api:pages:": "page",
    "wagtailadmin_api:images:": "image",
    "wagtailadmin_api:documents:": "document",
    "wagtailadmin_collections:": "collection",
    "wagtailimages_chooser:": "image",
    "wagtaildocs_chooser:": "document",
    "wagtailsettings:": "site",
    "wagtailsites:": "site",
    "wagtailusers_users:": "user",
    "wagtailusers_groups:": "group",
    "wagtailadmin_workflows:": "nothing",
    "members": "membership",
    "billing_ask_again": "membership",
    "billing_invoice": "billing.invoice",
    "billing_events": "billing.webhookevent",
    "tenant": "site",
    "admin/settings/billing/": "site",
}
# The same for everybody: no key of anybody's.
SAME = {
    "content_type_app_name": "home",
    "content_type_model_name": "articlepage",
    "filter_spec": "max-165x165",
    "signature": "unsigned",
    "uidb36": "1",
    "key": "none",
    "uidb64": "MQ",
    "token": "none",
    "section": "section",
    "number": "1",
    "version": "1",
    "accent": "9b1c31",
    "rest": "preview/",
    "slug": "section",
    "workflow_pk": "1",
    "workflow_state_id": "1",
    "task_state_id": "1",
    "task_id": "1",
    "restriction_id": "1",
    "page_view_restriction_id": "1",
}
BULK = {
    ("wagtailcore", "page"): ["delete", "move", "publish", "unpublish"],
    ("home", "customimage"): ["delete", "add_tags", "add_to_collection"],
    ("home", "customdocument"): ["delete", "add_tags", "add_to_collection"],
    ("membership", "user"): ["delete", "assign_role", "set_active_state"],
}
# Where a route has faces that differ, each is walked.
ARTICLES = {"app_label": "home", "model_name": "articlepage"}
TAGS = {"app_name": "taggit", "model_name": "tag"}
FACES = {
    "wagtailsettings:edit": [
        {"app_name": "tenancy", "model_name": "publication"},
        {"app_name": "billing", "model_name": "billingsettings"},
    ],
    "wagtailsettings:preview_on_edit": [{"app_name": "tenancy", "model_name": "publication"}],
    "wagtailadmin_editing_sessions:ping": [ARTICLES],
    "wagtailadmin_pages:convert_alias": [{"page_id": "alias"}],
    "team_mail_again": [{"user_id": "colleague"}],
    "team_role": [{"user_id": "colleague"}],
    "team_remove": [{"user_id": "colleague"}],
    "wagtailadmin_pages:choose_parent": [ARTICLES],
    "wagtailadmin_workflows:add_task": [
        {"app_label": "wagtailcore", "model_name": "groupapprovaltask"}
    ],
    "tenant_tags_of_model": [TAGS],
    "wagtailadmin_tag_model_autocomplete": [TAGS],
    "wagtailadmin_api:pages:action": [
        {"action_name": "copy"},
        {"action_name": "delete"},
        {"action_name": "unpublish"},
    ],
    "wagtailadmin_pages:workflow_action": [{"action_name": "approve"}],
    "wagtailadmin_pages:collect_workflow_action_data": [{"action_name": "approve"}],
    "wagtail_bulk_action": [
        {"app_label": app, "model_name": model, "action": action}
        for (app, model), actions in BULK.items()
        for action in actions
    ],
}
# Routes whose parameters have no names, and what stands for all of them.
UNNAMED = {
    r"^((?:[\w\-]+/)*)$": ["", "section/", "section/article/", "section/draft/", "about/"],
    r"admin/^.*/$": ["admin/no-such-door/"],
}


def is_reached(route, address):
    """Whether this is the route that answers at the address, and not one that stands before it."""
    return resolve(address.split("?")[0]).func is route.view


class UnknownParameterError(Exception):
    """A route has a parameter that the walker has no key for: add it to the tables here."""


@dataclass(frozen=True)
class Route:
    """One URL pattern: its name with namespaces, its text, and its view."""

    name: str
    text: str
    view: object

    @property
    def is_ours(self):
        """Whether the view is one of the project's own admin views, scoped by its own word."""
        view_class = getattr(self.view, "view_class", None)
        return getattr(self.view, "scoped_to_tenant", False) or getattr(
            view_class, "scoped_to_tenant", False
        )


def all_routes(urlconf=None):
    """Return every route of a URL configuration, the public ones and the admin's."""
    return list(walk(get_resolver(urlconf).url_patterns, "", []))


def walk(patterns, text, names):
    for pattern in patterns:
        route = text + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inner = [*names, pattern.namespace] if pattern.namespace else names
            yield from walk(pattern.url_patterns, route, inner)
        else:
            name = ":".join([*names, pattern.name]) if pattern.name else route
            yield Route(name=name, text=route, view=pattern.callback)


def addresses(route, planted):
    """Return the route's addresses with this tenant's keys in its parameters."""
    if route.text in UNNAMED:
        return ["/" + address for address in UNNAMED[route.text]]
    found = []
    for face in FACES.get(route.name, [{}]):
        text = route.text
        for name in PARAMETER.findall(text.replace("(?P<", "<")):
            text = put(text, name, own_value(route, face, name, planted))
        text = text.replace("[^/]*", "file.png")
        query = f"?id={planted.keys[bulk_key(face)]}" if "action" in face else ""
        found.append("/" + re.sub(r"[\^$]|\\(?=[./])", "", text) + query)
    return found


def odd_addresses(route, planted, segments):
    """Return the route's addresses with each of these segments in the place of each parameter."""
    names = PARAMETER.findall(route.text.replace("(?P<", "<"))
    face = FACES.get(route.name, [{}])[0]
    found = []
    for odd in names:
        for segment in segments:
            text = route.text
            for name in names:
                filled = segment if name == odd else own_value(route, face, name, planted)
                text = put(text, name, filled)
            found.append("/" + re.sub(r"[\^$]|\\(?=[./])", "", text.replace("[^/]*", "file.png")))
    return found


def own_value(route, face, name, planted):
    """Return what stands for a parameter of a route, in this face of it."""
    chosen = planted.keys.get(face.get(name), face.get(name))
    return str(chosen or value(route, name, planted))


def bulk_key(face):
    """Return the kind of key that a bulk operation wants in its query."""
    return {"page": "page", "customimage": "image", "customdocument": "document"}.get(
        face["model_name"], "user"
    )


def value(route, name, planted):
    """Return what stands for a parameter; raises where the tables say nothing of it."""
    if name in SAME:
        return SAME[name]
    if name in KEYS:
        return planted.keys[KEYS[name]]
    if name in {"pk", "id"}:
        for beginning, key in PRIMARY_KEYS.items():
            if route.name.startswith(beginning):
                return planted.keys.get(key, 1)
    raise UnknownParameterError(f"{route.text}: what is {name!r}? Say so in {__name__}.")


def put(text, name, value):
    """Return the route's text with a value in the place of one parameter."""
    simple = re.compile(r"<(?:[^>:?]+:)?" + name + ">")
    start = text.find(f"(?P<{name}>")
    if start < 0:
        return simple.sub(value, text, count=1)
    depth, end = 0, start
    while True:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
        if depth == 0:
            return text[:start] + value + text[end:]
