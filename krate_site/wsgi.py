"""The WSGI application that gunicorn serves; production settings unless the environment says otherwise."""

import os

from django.core.wsgi import get_wsgi_application

from krate_site.middleware import Utf8Request
from krate_site.postgresql import bound_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "krate_site.settings.production")

application = get_wsgi_application()
application.request_class = Utf8Request
bound_statements()
