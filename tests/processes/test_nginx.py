"""Rule G4 before a real nginx that caches: public pages it keeps, of gated ones nothing, ever."""

import getpass
import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from tests.clients import TenantClient
from tests.factories import HIDDEN, MembershipFactory
from tests.machine import NGINX
from tests.processes.conftest import answers, free_port, wait_for

pytestmark = pytest.mark.nginx

# As docs/caching.md has it, and with what a careless operator might add: keys without cookies.
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
{user}
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=pages:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{site};
      proxy_set_header Host $http_host;
      proxy_cache pages;
      proxy_cache_key $http_host$request_uri;
      proxy_cache_revalidate on;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""


@pytest.fixture
def start_nginx(run):
    """Return a function that starts a caching nginx before the site, and gives its port."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def start(site):
            port = free_port()
            user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
            configuration = folder / "nginx.conf"
            configuration.write_text(
                CONFIGURATION.format(folder=folder, port=port, site=site, user=user)
            )
            run([NGINX, "-c", str(configuration), "-p", str(folder)])
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/health/live"))
            return port

        yield start
        shutil.rmtree(folder / "cache", ignore_errors=True)


def test_G4_nginx_keeps_public_pages_and_never_gated_ones(
    site, articles, start_site, start_nginx, ask
):
    (port,) = start_site(SHARED_CACHE_SECONDS="600")
    proxy = start_nginx(port)
    until = timezone.now() + timedelta(days=30)
    pro = MembershipFactory(site=site, pro_until=until, standing="pro").user
    client = TenantClient()
    client.speak_to(site)
    client.force_login(pro)
    name = settings.SESSION_COOKIE_NAME
    member = {name: client.cookies[name].value}

    for address in (articles["public"].url, "/", "/world/"):
        assert ask(proxy, address).headers["X-Cache"] == "MISS"
        kept = ask(proxy, address)
        assert kept.headers["X-Cache"] == "HIT"
        assert "s-maxage=600" in kept.headers["Cache-Control"]
        # The same bytes for a member, who therefore may have them from there.
        assert ask(proxy, address, cookies=member).content == kept.content

    for _time in range(3):
        for access in ("members", "pro"):
            address = articles[access].url
            open_to_him = ask(proxy, address, cookies=member)
            assert HIDDEN in open_to_him.text
            closed = ask(proxy, address)
            assert HIDDEN not in closed.text
            for answer in (open_to_him, closed):
                assert answer.headers["X-Cache"] == "MISS"
                assert answer.headers["Cache-Control"] == "private, no-store"


def test_G4_without_a_word_from_the_operator_nginx_keeps_nothing(
    site, articles, start_site, start_nginx, ask
):
    (port,) = start_site()
    proxy = start_nginx(port)
    for _time in range(3):
        for article in articles.values():
            assert ask(proxy, article.url).headers["X-Cache"] != "HIT"
