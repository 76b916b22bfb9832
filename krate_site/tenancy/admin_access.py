"""The doors of Wagtail's admin that a tenant's team may go through, and what it may carry in.

Wagtail is made for one house: some of its views ask for no permission (choosers, tags), others
show what all sites share (workflows, reports, users). So this list says what a team needs;
everything else, and everything that a later Wagtail adds, answers 404 to it. And whatever key
of a page, file or collection is named in an address or a form must be the tenant's own.
Superusers go everywhere, by keys that are numbers. Views of ours say that they are scoped: see `scoping`.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.datastructures import MultiValueDictKeyError
from django.views.defaults import bad_request
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Page, Site

from krate_site.middleware import Middleware
from krate_site.tenancy.admin_views import OPEN_VIEWS
from krate_site.tenancy.ownership import LARGEST, is_key, numbers, of_tenant
from krate_site.tenancy.sites import current_site

View = TypeVar("View", bound=Callable[..., Any])

# What a name stands for, in any address, query or form of the admin.
PAGE_KEYS = {
    "page_id",
    "parent_page_id",
    "page_to_move_id",
    "destination_id",
    "new_parent_page",
    "parent_page",
    "childOf",
    "target_pages[]",
    "chooser",  # whereto, of many pages moved at once
}
COLLECTION_KEYS = {"collection_id", "collection", "parent"}
IMAGE_KEYS = {"image_id"}
DOCUMENT_KEYS = {"document_id", "doc_id"}
KEYS = PAGE_KEYS | COLLECTION_KEYS | IMAGE_KEYS | DOCUMENT_KEYS
# The views that take `id` from the query, by the end of their names.
TAKES_ID = ("wagtail_bulk_action", ":find", "chosen_multiple")
# Where words to search for stand in a query.
SEARCHES = {"q", "query", "search", "term"}
LONGEST_SEARCH = 200
# What `pk` and `id` stand for, by the beginning of the view's name.
KEYED_BY_VIEW = {
    "wagtailadmin_pages:": Page,
    "wagtailadmin_api:pages:": Page,
    "wagtailadmin_choose_page": Page,
    "wagtailadmin_collections:": Collection,
    "wagtailsettings:": Site,
}


def scoped_to_tenant(view: View) -> View:
    """Mark an admin view of ours as showing and touching the host's tenant alone."""
    view.scoped_to_tenant = True  # type: ignore[attr-defined]
    return view


class AdminGuardMiddleware(Middleware):
    """Keeps everybody but superusers to the list above, and to keys of the host's tenant."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> None:
        match = request.resolver_match
        if match is None or not match.route.startswith("admin/"):
            return
        user: Any = request.user
        if user.is_superuser:
            show_where_all_pages_are(request)
        # Whoever may not be here at all is sent to the sign-in by Wagtail itself.
        if not user.has_perm("wagtailadmin.access_admin"):
            return
        if names_nonsense(request, match.view_name, kwargs):
            raise Http404("No key at all.")
        cut_searches(request)
        if user.is_superuser:
            return
        if match.view_name not in OPEN_VIEWS and not is_scoped(view):
            raise Http404("Not a tenant's view.")
        if match.view_name == "wagtail_bulk_action" and takes_all_there_is(request):
            raise Http404("Of every tenant's.")
        for model, keys in keys_named(request, match.view_name, kwargs):
            refuse_foreign(request, model, keys)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer 400 to a form without what its page always sends: no person has filled it in."""
        if isinstance(exception, MultiValueDictKeyError) and request.path.startswith("/admin/"):
            return bad_request(request, exception)
        return None


def show_where_all_pages_are(request: HttpRequest) -> None:
    """Let Wagtail make the addresses of every tenant's pages, beside those of the host's own."""
    others = (
        root for root in Site.get_site_root_paths() if root.site_id != current_site(request).pk
    )
    request._wagtail_cached_site_root_paths.extend(others)  # type: ignore[attr-defined]


def is_scoped(view: Callable[..., Any]) -> bool:
    """Return whether a view of ours says that it is scoped, itself or by its class."""
    return getattr(view, "scoped_to_tenant", False) or getattr(
        getattr(view, "view_class", None), "scoped_to_tenant", False
    )


def takes_all_there_is(request: HttpRequest) -> bool:
    """Return whether a bulk operation names all pages that exist, to list those it may not touch.

    The explorer always says below which page; of files Wagtail takes those that one may change.
    """
    is_of_pages = request.path.startswith("/admin/bulk/wagtailcore/page/")
    return is_of_pages and "all" in request.GET.getlist("id") and "childOf" not in request.GET


def names_nonsense(request: HttpRequest, view_name: str, kwargs: dict[str, Any]) -> bool:
    """Return whether a key in the address is no key, which some of Wagtail's views fail at."""
    in_path = KEYS | {"pk", "id", "object_id"}
    keys = [key for name, key in kwargs.items() if name in in_path or isinstance(key, int)]
    keys += request.GET.getlist("childOf")
    for name, values in [*request.GET.lists(), *request.POST.lists()]:
        if name in KEYS or (name == "id" and view_name.endswith(TAKES_ID)):
            keys += [value for value in values if value not in ("", "all")]
    # Wagtail would take a word for the name of a view to go on to.
    ways_back = {sent.get("next") or "/" for sent in (request.GET, request.POST)}
    return not all(is_key(key) for key in keys) or not all("/" in way for way in ways_back)


def cut_searches(request: HttpRequest) -> None:
    """Cut what is searched for: Wagtail's search goes one call deeper with each word, and fails."""
    for name in SEARCHES & request.GET.keys():
        if len(request.GET[name]) > LONGEST_SEARCH:
            query = request.GET.copy()
            query[name] = query[name][:LONGEST_SEARCH]
            request.GET = query  # type: ignore[assignment]


def keys_named(
    request: HttpRequest, view_name: str, kwargs: dict[str, Any]
) -> Iterator[tuple[type[Model], Iterable[int]]]:
    """Yield every model and the keys of its rows that a request names, wherever it does."""
    keyed = model_keyed(view_name, kwargs)
    for name, value in kwargs.items():
        model = model_named(name, keyed)
        # Ways up lead to the tree's root, which has nothing but a name, and no rights in it.
        at_root = model is Page and request.method == "GET" and is_tree_root(value)
        if model is not None and not at_root:
            yield model, numbers(value)
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            # Forms have prefixes; but what a formset calls `…-0-id` is a row of its own.
            model = model_named(name, keyed) or model_named(name.rsplit("-", 1)[-1], None)
            if model is not None:
                yield model, [number for value in values for number in numbers(value)]


def model_named(name: str, keyed: type[Model] | None) -> type[Model] | None:
    """Return whose key a parameter of this name is; None for a parameter that is no key."""
    if name in PAGE_KEYS:
        return Page
    if name in COLLECTION_KEYS:
        return Collection
    if name in IMAGE_KEYS:
        return get_image_model()
    if name in DOCUMENT_KEYS:
        return get_document_model()
    return keyed if name in {"pk", "id"} else None


def model_keyed(view_name: str, kwargs: dict[str, Any]) -> type[Model] | None:
    """Return what `pk` and `id` stand for in a view; None where the view is scoped itself."""
    if view_name == "wagtail_bulk_action":
        return bulk_model(kwargs["app_label"], kwargs["model_name"])
    if view_name.startswith("wagtailimages"):
        return get_image_model()
    if view_name.startswith("wagtaildocs"):
        return get_document_model()
    for beginning, model in KEYED_BY_VIEW.items():
        if view_name.startswith(beginning):
            return model
    return None


def bulk_model(app_label: str, model_name: str) -> type[Model]:
    """Return the model of a bulk operation; 404 unless it is of pages or files."""
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError as error:
        raise Http404 from error
    if not issubclass(model, (Page, get_image_model(), get_document_model())):
        raise Http404
    return model


def is_tree_root(key: Any) -> bool:
    """Return whether this is the key of the node above all tenants' front pages."""
    return numbers(key) == set(Page.objects.filter(depth=1).values_list("pk", flat=True))


def refuse_foreign(request: HttpRequest, model: type[Model], keys: Iterable[int]) -> None:
    """Answer 404 where one of these keys is of another tenant's row, or of none."""
    wanted = set(keys)
    if any(abs(key) > LARGEST for key in wanted):
        raise Http404("Nobody's.")
    own = of_tenant(model._base_manager.filter(pk__in=wanted), current_site(request))
    if wanted - set(own.values_list("pk", flat=True)):
        raise Http404("Not this tenant's.")
