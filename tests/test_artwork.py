"""The demo's illustrations: the same title, the same picture."""

from io import BytesIO

import pytest
from PIL import Image

from demo.artwork import MOTIFS, illustration

SMALL = (160, 100)


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_a_motif_is_drawn_alike_every_time_in_the_size_asked_for(motif):
    drawn = [
        illustration("Night ferry", accent="#1f5f8b", motif=motif, size=SMALL) for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    picture = Image.open(BytesIO(drawn[0]))
    assert (picture.format, picture.size) == ("JPEG", SMALL)


def test_another_title_or_accent_is_another_picture():
    one = illustration("Night ferry", accent="#1f5f8b", size=SMALL)
    assert illustration("Day ferry", accent="#1f5f8b", size=SMALL) != one
    assert illustration("Night ferry", accent="#9b1c31", size=SMALL) != one
