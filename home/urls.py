"""What stands beside the pages: the look, feeds, sitemap, search, images."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from home.views import crawlers, feeds, images, look
from home.views.documents import serve_document
from home.views.search import search

urlpatterns = [
    re_path(
        r"^theme-(?P<version>[0-9]+)-(?P<accent>[0-9a-f]{6})\.css$",
        look.theme_stylesheet,
        name="theme",
    ),
    # Wagtail's names for them: renditions, documents and the admin ask for their addresses by these.
    re_path(
        r"^images/(?P<signature>[^/]+)/(?P<image_id>\d{1,18})/(?P<filter_spec>[^/]+)/[^/]*$",
        images.ImageView.as_view(),
        name="wagtailimages_serve",
    ),
    re_path(
        r"^documents/(?P<document_id>\d{1,18})/(?P<filename>.+)$",
        serve_document,
        name="wagtaildocs_serve",
    ),
    path("icon.svg", look.icon, name="icon"),
    path("favicon.ico", RedirectView.as_view(pattern_name="icon"), name="favicon"),
    path("search/", search, name="search"),
    path("feed/", feeds.feed, name="feed"),
    path("feed/atom/", feeds.feed, {"form": "atom"}, name="feed_atom"),
    path("feed/section/<str:section>/", feeds.feed, name="feed"),
    path("feed/section/<str:section>/atom/", feeds.feed, {"form": "atom"}, name="feed_atom"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("sitemap-<int:number>.xml", crawlers.sitemap, name="sitemap"),
    path("robots.txt", crawlers.robots, name="robots"),
]
