"""Members in the admin: list, search, filters, export, a page for each, complimentary access."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation
from openpyxl import load_workbook

from krate_site.tenancy.paging import MOST_COUNTED, BoundedPaginator
from membership.models import Membership, TenantLogEntry, User
from membership.states import Standing
from tests.factories import ArticlePageFactory, MembershipFactory, SiteFactory, team_member

LIST = "/admin/members/"
NOW = timezone.now()
SOON, GONE = NOW + timedelta(days=20), NOW - timedelta(days=20)


@pytest.fixture
def desk(client_at, site):
    """The browser of the tenant's admin."""
    client = client_at(site)
    client.force_login(team_member(site, email="ann@courier.example"))
    return client


@pytest.fixture
def readers(member):
    """Three members by name, each with a standing of his own."""
    return {
        name: member(user__email=f"{name}@example.com", **fields)
        for name, fields in {
            "free": {},
            "paying": {"standing": Standing.PRO, "pro_until": SOON},
            "lapsed": {"standing": Standing.PRO, "pro_until": GONE},
            "guest": {"complimentary_until": SOON, "complimentary_note": "for the review"},
        }.items()
    }


@pytest.fixture
def member(site):
    def make(**fields):
        return MembershipFactory(site=site, **fields)

    return make


def listed(response):
    """Return the names in the list, in order."""
    return [row.user.email.split("@")[0] for row in response.context["object_list"]]


def page(desk, membership):
    return " ".join(desk.get(f"{LIST}{membership.pk}/").content.decode().split())


def test_the_list_shows_the_tenants_members_and_how_they_stand(desk, readers):
    MembershipFactory(user__email="stranger@example.com")
    response = desk.get(LIST)
    assert listed(response) == ["guest", "lapsed", "paying", "free"]
    text = response.content.decode()
    assert "Ended" in text
    assert "stranger@" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=PAYING", ["paying"]),
        ("q=example guest", ["guest"]),
        ("q=nobody", []),
        ("standing=pro", ["paying"]),
        ("standing=ended", ["lapsed"]),
        ("standing=free", ["guest", "free"]),
        ("pro=yes", ["guest", "paying"]),
        ("pro=no", ["lapsed", "free"]),
        ("complimentary=now", ["guest"]),
        ("complimentary=over", []),
        (f"joined_at_from={SOON.date()}", []),
        (f"joined_at_from={GONE.date()}&q=lapsed", ["lapsed"]),
        ("standing=nonsense", ["guest", "lapsed", "paying", "free"]),
    ],
)
def test_members_are_found_by_words_and_filters(desk, readers, query, found):
    assert listed(desk.get(f"{LIST}?{query}")) == found


def test_search_finds_names(desk, member):
    member(user__email="x@example.com", user__first_name="Åsa", user__last_name="Lindqvist")
    assert listed(desk.get(LIST, {"q": "Lindq"})) == ["x"]


@pytest.mark.database
@pytest.mark.django_db
def test_the_filter_by_status_and_the_status_of_a_row_are_one(member):
    for standing in Standing:
        for until in (None, SOON, GONE):
            for given in (None, SOON, GONE):
                member(standing=standing, pro_until=until, complimentary_until=given)
    rows = list(Membership.objects.all())
    for standing in Standing:
        found = set(Membership.objects.with_standing(standing, NOW))
        assert found == {row for row in rows if row.standing_at(NOW).standing == standing}


def test_the_list_costs_as_much_for_many_as_for_few(desk, member, django_assert_max_num_queries):
    member()
    desk.get(LIST)
    with django_assert_max_num_queries(30) as few:
        desk.get(LIST)
    for _ in range(12):
        member(complimentary_until=SOON)
    with django_assert_max_num_queries(len(few)):
        desk.get(LIST)


@pytest.mark.parametrize(("language", "written"), [("en", "10,000"), ("de", "10.000")])
def test_a_large_number_is_written_as_its_reader_does(language, written):
    paginator = BoundedPaginator(Membership.objects.none(), 50)
    paginator.counted = MOST_COUNTED + 1
    with translation.override(language):
        assert written in paginator.items_count_label


def test_a_long_list_is_counted_only_as_far_as_anybody_leafs(desk, readers, monkeypatch):
    monkeypatch.setattr("krate_site.tenancy.paging.MOST_COUNTED", 2)
    text = desk.get(LIST).content.decode()
    assert "more than 2 members" in text.lower()


def test_the_export_is_what_is_listed_and_streamed(desk, readers):
    response = desk.get(LIST, {"export": "csv", "pro": "yes"})
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="members.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    assert [row["E-mail address"] for row in rows] == ["guest@example.com", "paying@example.com"]
    assert rows[0]["Why complimentary"] == "for the review"
    assert rows[1]["Status"] == "Pro"
    assert rows[1]["Pro until"] == timezone.localtime(SOON).strftime("%Y-%m-%d")
    [noted] = TenantLogEntry.objects.filter(action="membership.export")
    assert noted.user.email == "ann@courier.example"


def test_the_export_reads_as_a_workbook(desk, readers):
    response = desk.get(LIST, {"export": "xlsx", "q": "guest"})
    sheet = load_workbook(io.BytesIO(b"".join(response))).active
    heading, row = sheet.iter_rows(values_only=True)
    assert heading[0] == "E-mail address"
    assert row[0] == "guest@example.com"


@pytest.mark.parametrize(
    "name",
    ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", " =1", "＝1", "Ann;=1+1", "Ann,B; @SUM(1)"],  # noqa: RUF001
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_name_becomes_a_formula_in_a_spreadsheet(desk, member, name, delimiter):
    member(user__email="x@example.com", user__first_name=name)
    sheet = io.StringIO(b"".join(desk.get(LIST, {"export": "csv"})).decode())
    cells = [cell.lstrip() for row in csv.reader(sheet, delimiter=delimiter) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠"))]  # noqa: RUF001
    assert any(name.split("=")[-1].split("@")[-1] in cell for cell in cells)


def test_G5_a_members_page_gives_the_reason_that_he_reads_himself(
    client_at, site, desk, readers, client
):
    from tests.clients import TenantClient

    for membership in readers.values():
        reader = TenantClient()
        reader.speak_to(site)
        reader.force_login(membership.user)
        reason = reader.get("/account/").context["current"].reason_for_member
        assert reason
        assert reason in page(desk, membership)


def test_complimentary_access_is_given_until_a_day_and_why_is_noted(desk, site, readers):
    member, until = readers["free"], timezone.localdate() + timedelta(days=30)
    desk.post(f"{LIST}{member.pk}/complimentary/", {"until": until, "note": "prize of the fair"})
    member.refresh_from_db()
    assert member.is_pro
    assert timezone.localtime(member.complimentary_until).date() == until
    text = page(desk, member)
    assert "prize of the fair" in text
    assert "ann@courier.example" in text
    [noted] = TenantLogEntry.objects.filter(site=site)
    assert noted.data == {"until": until.isoformat(), "note": "prize of the fair"}


def test_complimentary_access_opens_pro_pages_at_once_and_is_revoked_at_once(
    desk, site, readers, section
):
    from tests.clients import TenantClient

    article = ArticlePageFactory(parent=section, access="pro")
    member = readers["free"]
    reader = TenantClient()
    reader.speak_to(site)
    reader.force_login(member.user)
    assert "wall" in reader.get(article.url).content.decode()
    today = timezone.localdate()
    desk.post(f"{LIST}{member.pk}/complimentary/", {"until": today, "note": "a day"})
    assert "Below the divider" in reader.get(article.url).content.decode()
    desk.post(f"{LIST}{member.pk}/revoke/")
    assert "Below the divider" not in reader.get(article.url).content.decode()
    actions = TenantLogEntry.objects.values_list("action", flat=True)
    assert list(actions) == ["membership.revoke_complimentary", "membership.give_complimentary"]


@pytest.mark.parametrize(
    ("until", "note", "said"),
    [
        ("2020-01-01", "late", "This day is over"),
        ("2199-01-01", "far", "within the next ten years"),
        ("", "when?", "This field is required"),
        ("2027-01-01", "", "This field is required"),
    ],
)
def test_what_can_not_be_given_is_said(desk, readers, until, note, said):
    member = readers["free"]
    answer = desk.post(f"{LIST}{member.pk}/complimentary/", {"until": until, "note": note})
    assert said in answer.content.decode()
    member.refresh_from_db()
    assert member.complimentary_until is None


def test_what_was_complimentary_once_is_said_when_it_is_over(member):
    ended = timezone.make_aware(datetime(2026, 5, 3, 12))
    current = member(complimentary_until=ended).standing_at(NOW)
    assert current.reason_code == "complimentary_ended"
    assert not current.is_pro


@pytest.mark.parametrize("path", ["", "results/", "{pk}/", "{pk}/complimentary/", "{pk}/revoke/"])
def test_editors_and_members_see_no_members(client_at, site, readers, path):
    client = client_at(site)
    address = LIST + path.format(pk=readers["free"].pk)
    for user in (team_member(site, "editors"), readers["paying"].user):
        client.force_login(user)
        for answer in (client.get(address), client.post(address, {"until": "2027-01-01"})):
            assert answer.status_code in (302, 404, 405)
            assert "free@example.com" not in answer.content.decode()


@pytest.mark.parametrize("path", ["{pk}/", "{pk}/complimentary/", "{pk}/revoke/"])
def test_T4_another_tenants_member_is_not_found(desk, path):
    other = MembershipFactory(site=SiteFactory(), complimentary_until=SOON)
    address = LIST + path.format(pk=other.pk)
    form = {"until": timezone.localdate(), "note": "mine"}
    if "revoke" not in path:
        assert desk.get(address).status_code == 404
    assert desk.post(address, form).status_code in (404, 405)
    other.refresh_from_db()
    assert other.complimentary_until == SOON


def test_the_log_forgets_a_colleague_who_left(desk, site):
    editor = team_member(site, "editors", email="bob@example.com", last_login=timezone.now())
    desk.post(f"/admin/team/{editor.pk}/remove/")
    assert "bob@example.com" in desk.get("/admin/changes/").text
    User.objects.get(pk=editor.pk).delete()
    assert "bob@example.com" not in desk.get("/admin/changes/").text


def test_the_log_forgets_a_member_who_left(desk, readers):
    member = readers["free"]
    form = {"until": timezone.localdate(), "note": "for Fred of Springfield"}
    desk.post(f"{LIST}{member.pk}/complimentary/", form)
    member.user.delete()
    [noted] = TenantLogEntry.objects.all()
    assert "free@" not in noted.label
    assert noted.data == {}
    assert desk.get("/admin/changes/").status_code == 200


def test_a_list_without_members_says_what_will_stand_there(desk):
    assert "Nobody has signed up yet." in desk.get("/admin/members/").content.decode()
    assert "Nobody has signed up yet." not in desk.get("/admin/members/?q=fred").content.decode()
