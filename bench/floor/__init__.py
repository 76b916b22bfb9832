"""The floor: the same article as a plain Wagtail page, on a plain Wagtail site."""
