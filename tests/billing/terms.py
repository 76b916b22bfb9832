"""What is looked at where subscriptions end: days in words, pages, mails, and how a member stands."""

from datetime import UTC, datetime

from django.utils.formats import date_format


def day(moment):
    return date_format(datetime.fromtimestamp(moment, UTC))


def words_of(message):
    return message.body, message.alternatives[0].content


def page_of(reader, path="/account/"):
    return " ".join(reader.get(path).content.decode().split())


def standing_of(member):
    member.refresh_from_db()
    return member.standing, member.pro_until
