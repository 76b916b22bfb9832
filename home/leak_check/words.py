"""From texts and answers to phrases: five words in a row, whatever markup stands between them."""

import re
from html import unescape
from typing import Any
from urllib.parse import unquote

WORDS_A_PHRASE = 5

WORD = re.compile(r"\w+")
TAG = re.compile(r"<[^>]*>")
CODE_POINT = re.compile(r"\\u([0-9a-fA-F]{4})")


def phrases_of(text: str) -> set[str]:
    """Return every five words in a row of a text, its markup left out."""
    return phrases_in(TAG.sub(" ", unescape(text)))


def phrases_in(text: str) -> set[str]:
    """Return every five words in a row of a text as it stands."""
    words = WORD.findall(text.lower())
    return {
        " ".join(words[start : start + WORDS_A_PHRASE])
        for start in range(len(words) - WORDS_A_PHRASE + 1)
    }


def phrases_said(text: str) -> set[str]:
    """Return the phrases of an answer, wherever they may hide in it.

    As a reader sees it, without tags; and as it stands, for attributes, comments and scripts.
    Entities (also doubled, as in feeds), JSON's escapes and percent signs are read.
    """
    plain = CODE_POINT.sub(lambda match: chr(int(match[1], 16)), text)
    plain = unquote(unescape(unescape(plain.replace("\\n", " ").replace('\\"', '"'))))
    return phrases_in(TAG.sub(" ", plain)) | phrases_in(plain)


def strings_in(value: Any) -> list[str]:
    """Return every text in a block's raw value, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings_in(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value for text in strings_in(inner)]
    return []
