"""mypy checks every Stripe call of the product against the SDK's own parameter types.

That a clean run means something is proved call by call: the parameters of each are replaced by a
nonsensical one, and mypy must name it; and what stands there in truth must not be `Any`.
"""

import ast
import subprocess
import sys

import pytest

from tests.outside.sdk_calls import ROOT, SOURCES, stripe_calls

CACHE = ROOT / "var" / "mypy-of-the-judges"
ANY = 'Revealed type is "Any"'


def mypy(shadows=()):
    """Run mypy on the product; `shadows` are pairs of a file and what is read in its place."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", CACHE, "--no-error-summary"]
    for original, shadow in shadows:
        command += ["--shadow-file", original, shadow]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )


def shadowed(folder, change):
    """Write copies in which `change` was made to each Stripe call; return pairs for `mypy`."""
    pairs = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        calls = list(stripe_calls(tree))
        for call in calls:
            change(call)
        if calls:
            shadow = folder / f"{len(pairs)}.py"
            shadow.write_text(ast.unparse(ast.fix_missing_locations(tree)))
            pairs.append((path, shadow))
    return pairs


def replace_params(call):
    nonsense = ast.parse("{'nonsense': 1}", mode="eval").body
    if call.params is None:
        call.node.keywords.append(ast.keyword("params", nonsense))
    else:
        swap(call, nonsense)


def reveal_params(call):
    if call.params is not None:
        swap(call, ast.Call(ast.Name("reveal_type", ast.Load()), [call.params], []))


def swap(call, new):
    call.node.args = [new if one is call.params else one for one in call.node.args]
    for keyword in call.node.keywords:
        keyword.value = new if keyword.value is call.params else keyword.value


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.xdist_group("mypy")
def test_the_product_is_clean():
    result = mypy()
    assert result.returncode == 0, result.stdout


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.xdist_group("mypy")
def test_a_wrong_parameter_is_caught_in_every_stripe_call(tmp_path):
    pairs = shadowed(tmp_path, replace_params)
    output = mypy(pairs).stdout
    named = {line.split(": error:")[0] for line in output.splitlines() if ": error:" in line}
    places = {
        f"{path.relative_to(ROOT)}:{call.node.lineno}"
        for path, shadow in pairs
        for call in stripe_calls(ast.parse(shadow.read_text()))
    }
    assert len(places) >= 15
    assert places - named == set(), output


@pytest.mark.long
@pytest.mark.timeout(500)
@pytest.mark.xdist_group("mypy")
def test_no_stripe_call_hides_its_parameters_from_mypy(tmp_path):
    output = mypy(shadowed(tmp_path, reveal_params)).stdout
    revealed = [line for line in output.splitlines() if "Revealed type is" in line]
    assert len(revealed) >= 10
    assert [line for line in revealed if ANY in line] == []
