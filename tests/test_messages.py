"""German is complete: every text is translated, and the compiled catalogue fits."""

import html
import re

import pytest

from krate_site.tenancy.models import Publication
from tests import messages
from tests.clients import TenantClient
from tests.factories import ArticlePageFactory, SectionPageFactory, UserFactory
from tests.states import BY_NAME, STATES

# Names, what editors wrote, and words that are the same in both languages.
SAME_IN_BOTH = {
    "The Courier", "World", "Kettle", "Ada Ferrer", "Why the kettle sings, in a sentence.",
    "Above the divider the kettle sings for everyone.", "Kettle · The Courier", "Pro", "PDF",
    "Visa", "Code", "World · The Courier",
    "Below the divider the heron keeps her quiet counsel.", "Profil",
}  # fmt: skip
NO_WORDS = re.compile(r"[\W\d_]*|\S+@\S+|sub_\w+|.*€|.*\d{4}", re.DOTALL)
TOLD = re.compile(r"(?:aria-label|alt|title|placeholder)=\"([^\"]*)\"")
SIGN_IN_PAGES = [
    "/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/accounts/password/reset/",
    "/accounts/password/reset/done/", "/accounts/inactive/", "/search/?q=kettle", "/nowhere/", "/",
]  # fmt: skip
MEMBERS_PAGES = [
    "/account/delete/", "/accounts/email/", "/accounts/password/set/", "/accounts/2fa/",
    "/accounts/2fa/totp/activate/", "/accounts/logout/", "/account/billing/ask/",
    "/account/billing/success/?session_id=cs_test_unknown",
]  # fmt: skip


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated(language):
    """`make messages` adds new texts to the catalogue and names what isn't translated."""
    missing = messages.untranslated(messages.in_step(language))
    assert [found.id for found in missing] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_placeholders_are_those_of_the_original(language):
    for message in messages.read(language):
        forms = message.string if message.pluralizable else (message.string,)
        originals = message.id if message.pluralizable else (message.id,)
        for form in forms:
            if message.id and form:
                assert names_in(form) <= names_in(originals[-1]), message.id
                assert names_in(form) >= names_in(originals[0]), message.id


def names_in(text):
    return set(re.findall(r"%(?:\(\w+\))?[sd]", text))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_texts(language):
    """Debian's gettext isn't needed to run the site: `make messages` compiles, and both are kept."""
    compiled = messages.po_path(language).with_suffix(".mo")
    assert compiled.read_bytes() == messages.as_mo(messages.read(language))


@pytest.mark.parametrize(
    "template", sorted((messages.ROOT / "templates").rglob("*.*")), ids=lambda path: path.name
)
def test_no_template_says_a_word_past_gettext(template):
    assert words_past_gettext(template.read_text()) - {"PDF"} == set()


def test_words_past_gettext_are_found():
    marked = '{% translate "Yes" %}{% blocktranslate %}Read {{ it }}{% endblocktranslate %}'
    bare = '<p class="a">Look <b>here</b></p>{# no #}<img alt="A heron"><script>let it</script>'
    assert words_past_gettext(marked + bare) == {"Look", "here", "A heron"}


def words_past_gettext(template):
    """Return what a template says by itself: between its tags, and to those who listen."""
    text = re.sub(r"(?s){% (blocktranslate|comment)\b.*?{% end\1 %}", "", template)
    text = re.sub(r"{% block \w+ %}[\w-]+{% endblock %}", "", text)  # a class
    text = re.sub(r"(?s){#.*?#}|{%.*?%}|{{.*?}}|<(script|style|svg)\b.*?</\1>", "", text)
    said = {*re.split(r"<[^>]*>", text), *TOLD.findall(text)}
    return {" ".join(piece.split()) for piece in said if re.search(r"[^\W\d_]{2}", piece)}


def texts_of(response):
    """Return what a page says, one entry a piece of text, read aloud ones included."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    pieces = [*re.findall(r">([^<]+)<", page), *TOLD.findall(page)]
    texts = {" ".join(html.unescape(piece).split()) for piece in pieces}
    return {text for text in texts if not NO_WORDS.fullmatch(text)} - SAME_IN_BOTH


def same_in_both(site, client, path):
    """Return what a page says in English although the tenant is German."""
    found = []
    for language in ("en", "de"):
        Publication.objects.update_or_create(site=site, defaults={"language": language})
        found.append(texts_of(client.get(path, follow=True)))
    return found[0] & found[1]


def client_of(site, user=None):
    client = TenantClient()
    client.speak_to(site)
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def article(site):
    section = SectionPageFactory(parent=site.root_page, title="World", slug="world")
    return ArticlePageFactory(parent=section, access="pro", slug="kettle", title="Kettle")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_no_english_is_left_on_a_german_wall_plans_and_account(state, site, shop, person, article):
    state.arrange(shop, person)
    client = client_of(site, None if state.is_visitor else person)
    left = {path: same_in_both(site, client, path) for path in (article.url, "/pro/", "/account/")}
    assert {path: english for path, english in left.items() if english} == {}


@pytest.mark.parametrize("path", SIGN_IN_PAGES)
def test_no_english_is_left_where_people_sign_in_and_read(site, shop, article, path):
    assert same_in_both(site, client_of(site), path) == set()


def test_no_english_is_left_where_members_manage_their_account(site, shop, person):
    BY_NAME["monthly"].arrange(shop, person)
    client = client_of(site, person)
    left = {path: same_in_both(site, client, path) for path in MEMBERS_PAGES}
    assert {path: english for path, english in left.items() if english} == {}


def test_dates_and_money_follow_the_language(site, shop, person):
    BY_NAME["monthly"].arrange(shop, person)
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    page = client_of(site, person).get("/account/").content.decode()
    assert '<html lang="de">' in page
    assert re.search(r"<dt>Nächste Abbuchung</dt><dd>\d{1,2}\. \w+ 20\d\d</dd>", page)
    assert "9,00\xa0€ im Monat" in page


def test_checkout_and_portal_speak_the_tenants_language(site, shop, reader, sandbox):
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    reader.post("/account/billing/checkout/", {"plan": "annual"})
    asked = sandbox.requests(method="POST", path="/v1/checkout/sessions")[-1]
    assert "'de'" in str(asked) or "locale=de" in str(asked)


def test_mails_speak_the_tenants_language(site, client_at, mailoutbox):
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    client_at(site).post(
        "/accounts/signup/", {"email": "neu@example.com", "password1": "lang-genug-4711"}
    )
    assert "ist Ihr Code für The Courier" in mailoutbox[-1].subject
    assert "Geben Sie ihn auf der Seite ein" in mailoutbox[-1].body


PASSWORD = "correct-horse-battery"
DU = re.compile(r"\b(du|dich|dir|dein\w*|gib|versuche)\b", re.IGNORECASE)


def test_nobody_is_addressed_by_du_who_types_a_wrong_word_or_changes_his_address(site, mailoutbox):
    """German's two ways to say "you" don't mix; allauth's own German has both."""
    Publication.objects.update_or_create(site=site, defaults={"language": "de"})
    wrong = {"oldpassword": "not-hers-at-all", "password1": "x-new-word-7", "password2": "x"}
    ada = UserFactory(email="ada@example.com", password=PASSWORD, verified=True)
    client = client_of(site)
    pages = [client.post("/accounts/login/", {"login": ada.email, "password": "not hers"})]
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    pages.append(client.post("/accounts/password/change/", wrong))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = client.post("/accounts/email/", {"action_add": "", "email": "new@example.com"})
    pages.append(client.post(answer.url, {"code": "AAAA-AAAA"}))
    code = re.search(r"^    (\S+)$", mailoutbox[-1].body, re.MULTILINE)[1]
    pages.append(client.post(answer.url, {"code": code}, follow=True))
    for page in pages:
        assert re.search(r"\b(Ihr|Ihre|Sie)\b", page.text)
        assert not DU.search(page.text)
    assert "Bitte geben Sie zweimal dasselbe Passwort ein." in pages[1].text
    assert "Das ist nicht Ihr jetziges Passwort." in pages[1].text
    assert "Ihre Adresse new@example.com ist bestätigt." in pages[-1].text
