"""A test client that speaks to a tenant's host, as a browser does."""

from django.test import Client

from krate_site.tenancy.sites import canonical_hostname, read_tenant
from membership.accounts.sessions import SITE_SESSION_KEY


class TenantClient(Client):
    """Django's client; `force_login` signs in at the host that it speaks to, before or after."""

    def speak_to(self, site):
        """Speak to this tenant's host from now on, signed in there if at all."""
        self.defaults["HTTP_HOST"] = site.hostname
        self.sign_in_at_host()

    def force_login(self, user, backend=None):
        super().force_login(user, backend)
        self.sign_in_at_host()

    def sign_in_at_host(self):
        """Bind the session to the host, as a real login does."""
        session = self.session
        tenant = read_tenant(canonical_hostname(self.defaults.get("HTTP_HOST", "")), now=0)
        if tenant is not None and "_auth_user_id" in session:
            session[SITE_SESSION_KEY] = tenant.site.pk
            session.save()


def account(client):
    """Return the account page as it reads, in one line."""
    return " ".join(client.get("/account/").content.decode().split())
