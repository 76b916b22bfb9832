"""What a request says of its own encoding counts for nothing."""

import os
import subprocess
import sys
from io import BytesIO

import pytest
from django.test import RequestFactory

from krate_site.middleware import Utf8Request

FORM = b"--x\r\nContent-Disposition: form-data; name=next\r\n\r\n/+AAA-\r\n--x--\r\n"


@pytest.mark.parametrize(
    "charset", ["utf-7", "base64", "hex", "idna", "undefined", "no-such", "utf-8"]
)
def test_query_and_form_are_read_as_utf_8_whatever_the_charset(charset):
    """In UTF-7 `+AAA-` is a null character, which PostgreSQL fails at; base64 is no text at all."""
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD="POST",
        QUERY_STRING="next=/%2BAAA-&q=%C3%BC",
        CONTENT_TYPE=f"multipart/form-data; boundary=x; charset={charset}",
        CONTENT_LENGTH=str(len(FORM)),
        **{"wsgi.input": BytesIO(FORM)},
    )
    request = Utf8Request(environ)
    assert dict(request.GET.items()) == {"next": "/+AAA-", "q": "ü"}
    assert dict(request.POST.items()) == {"next": "/+AAA-"}


ASK = """
from io import BytesIO
from django.test import RequestFactory
from krate_site.wsgi import application
environ = RequestFactory()._base_environ(
    PATH_INFO="/health/live", QUERY_STRING="q=1", CONTENT_TYPE="text/plain; charset=base64"
)
application(environ, lambda status, headers: print(status))
"""


def test_a_charset_that_is_no_texts_is_no_servers_error(tmp_path):
    """Asked of the application as gunicorn has it: Django's own failed before any answer."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "krate_site.settings.dev",
        "DATABASE_URL": f"sqlite:///{tmp_path}/krate.sqlite3",
    }
    command = [sys.executable, "-c", ASK]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "200 OK"
