"""What is measured: who asks which server for what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import HOST
from bench.deliveries import FORGERS_SECRET, renewals
from bench.load import Ask

# More than any machine of today takes in a second.
MOST_DELIVERIES = 1_200


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a round sends; `before` is sent ahead of it, once."""

    asks: list[Ask]
    before: tuple[Ask, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One line of the table; `prepare` makes a round of so many members and seconds."""

    key: str
    label: str
    server: str
    prepare: Callable[[int, int], Round]
    once: bool = False
    # Readers ask for it less often than for articles.
    rare: bool = False
    status: int = 200
    word: str = ""


def scenes(told: dict[str, Any]) -> list[Scene]:
    """Return all of them, in the table's order; `told` is what `prepare_bench` printed."""
    trivial = pages("/bench/trivial/")
    public, pro = told["public"], told["pro"]
    free_members, pro_members = told["free_members"], told["pro_members"]
    articles = (
        ("visitor", "public article, visitor", pages(public)),
        ("wall_visitor", "Pro article, visitor at the wall", pages(pro)),
        ("wall", "Pro article, free member at the wall", pages(pro, free_members)),
        ("pro", "Pro article, Pro member", pages(pro, pro_members)),
    )
    return [
        Scene(
            key="ceiling", label="trivial view, no middleware", server="ceiling", prepare=trivial
        ),
        Scene(key="trivial", label="trivial view, our middleware", server="site", prepare=trivial),
        Scene(
            key="bare",
            label="bare Wagtail page, visitor",
            server="floor",
            prepare=pages(told["bare"]),
        ),
        Scene(
            key="bare_member",
            label="bare Wagtail page, signed in",
            server="floor",
            prepare=pages(told["bare"], told["bare_members"]),
        ),
        *(
            Scene(key=f"uncached_{key}", label=f"uncached: {label}", server="uncached", prepare=ask)
            for key, label, ask in articles
        ),
        *(
            Scene(key=f"cached_{key}", label=f"cached: {label}", server="site", prepare=ask)
            for key, label, ask in articles
        ),
        Scene(
            key="account",
            label="account page, Pro member",
            server="site",
            prepare=pages("/account/", pro_members),
            rare=True,
        ),
        Scene(
            key="search",
            label="search",
            server="site",
            prepare=pages("/search/?q=harbour+lights"),
            rare=True,
        ),
        *webhooks("site", ""),
    ]


def webhooks(server: str, where: str) -> list[Scene]:
    """Return the three deliveries; `where` is put behind their names."""
    return [
        Scene(
            key="webhook_new",
            label=f"webhook, new event{where}",
            server=server,
            prepare=new_events,
            once=True,
            word="applied",
        ),
        Scene(
            key="webhook_duplicate",
            label=f"webhook, duplicate{where}",
            server=server,
            prepare=duplicates,
            word="duplicate",
        ),
        Scene(
            key="webhook_forged",
            label=f"webhook, forged{where}",
            server=server,
            prepare=forgeries,
            status=400,
        ),
    ]


def pages(path: str, sessions: list[str] | None = None) -> Callable[[int, int], Round]:
    """Return rounds that ask for a page, as nobody or as each of these members in turn."""
    cookies = [{"Cookie": f"sessionid={key}"} for key in sessions] if sessions else [{}]
    asks = [Ask(path=path, headers={"Host": HOST, **cookie}) for cookie in cookies]
    return lambda members, seconds: Round(asks=asks)


def new_events(members: int, seconds: int) -> Round:
    count = int(MOST_DELIVERIES * seconds)
    return Round(asks=renewals(count, members=members, host=HOST))


def duplicates(members: int, seconds: int) -> Round:
    events = renewals(50, members=members, host=HOST)
    return Round(asks=events, before=tuple(events))


def forgeries(members: int, seconds: int) -> Round:
    return Round(asks=renewals(50, members=members, host=HOST, secret=FORGERS_SECRET))
