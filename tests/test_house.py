"""`make house` finds what it is for."""

from pathlib import Path

from tests import house


def test_circles_of_imports_are_found_and_named():
    assert house.circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    (found,) = house.circles({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert found in ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")


def test_a_name_that_stands_twice_and_an_import_upwards_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(house, "ROOT", tmp_path)
    for path, text in {
        "billing/admin/portal.py": "",
        "billing/portal.py": "from billing.admin import portal",
        "home/page.py": "from billing.portal import x\ndef later():\n    import billing.portal",
        "membership/access.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = house.findings_in(house.modules())
    assert found["module names twice in an app"] == ["billing: portal"]
    assert found["imports against the floors"] == ["home.page -> billing.portal"]
    (tmp_path / "home/beside.py").write_text("from . import page\nfrom .page import x")
    assert house.imports(Path("home/beside.py"), {"home.page": Path()}) == {"home.page"}
    assert house.imports(Path("billing/portal.py"), {"billing.admin.portal": Path()}) == {
        "billing.admin.portal"
    }
