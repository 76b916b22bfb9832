"""Encrypts every stored secret anew by the first key of KRATE_ENCRYPTION_KEYS."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from tqdm import tqdm

from billing.models.secrets import (
    EncryptedTextField,
    Sealed,
    SecretUnreadableError,
    new_key,
    rotated,
)


class Command(BaseCommand):
    help = (
        "Encrypts every stored secret anew by the first key of KRATE_ENCRYPTION_KEYS. "
        "Afterwards the other keys can be dropped. Safe while the site runs, and to run again."
    )
    # A new key is asked for before there is a database or a complete configuration.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new-key", action="store_true", help="Only print a fresh key, and change nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(new_key())
            return
        done, unreadable = 0, []
        for model, field in encrypted_fields():
            rows = model._default_manager.exclude(**{field: ""}).values_list("pk", field)
            for pk, sealed in tqdm(rows.iterator(), desc=field, disable=None):
                try:
                    done += rotate(model, field, pk, sealed)
                except SecretUnreadableError as error:
                    unreadable.append(f"{model._meta.label} {pk}, {field}: {error}")
        self.stdout.write(f"Encrypted anew by the first key: {done}.")
        if unreadable:
            raise CommandError("\n".join(["Unreadable, left as they are:", *unreadable]))


def encrypted_fields() -> list[tuple[type[models.Model], str]]:
    """Return every (model, field name) that is encrypted."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def rotate(model: type[models.Model], field: str, pk: Any, sealed: Sealed) -> int:
    """Encrypt one value anew, unless someone saved another meanwhile; return how many changed."""
    unchanged = model._default_manager.filter(pk=pk, **{field: sealed})
    return unchanged.update(**{field: rotated(sealed)})
