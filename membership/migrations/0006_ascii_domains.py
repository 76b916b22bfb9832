"""Addresses with an international domain are kept with it in ASCII, as sign-ups bring them now.

Until now Django converted the domain as each mail was sent, by IDNA 2003. For most names that comes
to the same; but `jo@straße.example` was mailed to `strasse.example`, somebody else's domain. So a
person who proved the address is the one whose mailbox answered: they keep the account, under the
address of that mailbox. Under the other domain's name the account would be handed to a stranger, by
the next mailed code. Where nobody ever answered, the address becomes what was written, unproven.

An address that is another account's is left as it is, and named: both accounts stay. But who only
began to sign up by it, which anybody can, keeps nobody out: the two change addresses.
"""

from django.db import migrations
from django.db.models import F

from krate_site.domain_names import DomainNameError, ascii_domain

ANSWERED = """
  {old} is {new} from now on: that mailbox answered the mails, so the account is its owner's."""
UNPROVEN = """
  {old} is {new} from now on, and unproven: until now no mail was sent there."""
TAKEN = """
  {old} stays as it is: {new} has an account of its own. Nobody can sign in by this address. To keep
  the account, give it another address in the admin, under Settings, Users."""
CHANGED = """
  {new} was also that of a sign-up that was never proven: that one has {old} now."""
NO_NAME = """
  {old} stays as it is: no domain can have this name, so no mail reaches it."""


def convert_addresses(apps, schema_editor):
    """Convert every person's addresses; whoever signed in last comes first to an address."""
    User = apps.get_model('membership', 'User')
    EmailAddress = apps.get_model('account', 'EmailAddress')
    people = User.objects.order_by(F('last_login').desc(nulls_last=True), 'pk')
    known = EmailAddress.objects.order_by(F('user__last_login').desc(nulls_last=True), 'pk')
    found = {}
    for each in (people.values_list('pk', 'email'), known.values_list('user', 'email')):
        found |= {(pk, old): None for pk, old in each.iterator() if not old.rpartition('@')[2].isascii()}
    for pk, address in found:
        convert_address(User, EmailAddress, User.objects.get(pk=pk), address)


def convert_address(User, EmailAddress, user, old):
    """Convert one address of a person's, in both tables."""
    rows = EmailAddress.objects.filter(user=user, email=old)
    answered = user.last_login is not None and rows.filter(verified=True).exists()
    mailed, written = mailed_until_now(old), as_written(old)
    new = (mailed if answered else None) or written or mailed
    told = {'old': old, 'new': new}
    if new is None:
        print(NO_NAME.format(**told))
        return
    unproven = never_proven(User, EmailAddress, new) if answered else None
    if unproven is not None:
        # No two may have one address, not for a moment either.
        User.objects.filter(pk=unproven.pk).update(email=f'{unproven.pk}@change.invalid')
        EmailAddress.objects.filter(user=unproven, email=new).update(email=old)
    elif (
        User.objects.filter(email__iexact=new).exclude(pk=user.pk).exists()
        or EmailAddress.objects.filter(email=new, verified=True).exclude(user=user).exists()
    ):
        print(TAKEN.format(**told))
        return
    User.objects.filter(pk=user.pk, email=old).update(email=new)
    if unproven is not None:
        User.objects.filter(pk=unproven.pk).update(email=old)
        print(CHANGED.format(**told))
    if new != mailed:
        rows.update(verified=False)
    # They may have known both spellings: it is one address.
    for row in rows:
        twin = EmailAddress.objects.filter(user=user, email=new).first()
        if twin is not None:
            twin.delete()
            row.verified, row.primary = row.verified or twin.verified, row.primary or twin.primary
        row.email = new
        row.save()
    if mailed != written and (answered or new != mailed):
        print((ANSWERED if new == mailed else UNPROVEN).format(**told))


def never_proven(User, EmailAddress, address):
    """Return who only began to sign up by this address, None where there is no such person."""
    user = User.objects.filter(
        email__iexact=address, last_login=None, is_superuser=False, groups=None
    ).first()
    if user is None or EmailAddress.objects.filter(user=user, verified=True).exists():
        return None
    others = EmailAddress.objects.filter(email=address, verified=True).exclude(user=user)
    return None if others.exists() else user


def mailed_until_now(address):
    """Return where Django mailed this to, None where it couldn't."""
    local_part, _at, domain = address.rpartition('@')
    try:
        return f'{local_part}@{domain.encode("idna").decode("ascii").lower()}'
    except UnicodeError:
        return None


def as_written(address):
    """Return where a browser or a mail program sends this, None where no domain has the name."""
    local_part, _at, domain = address.rpartition('@')
    try:
        return f'{local_part}@{ascii_domain(domain)}'
    except DomainNameError:
        return None


class Migration(migrations.Migration):

    dependencies = [
        ('account', '0009_emailaddress_unique_primary_email'),
        ('membership', '0005_user_words'),
    ]

    operations = [
        migrations.RunPython(convert_addresses, migrations.RunPython.noop),
    ]
