"""Illustrations for the demo's articles, drawn from their titles: the same title, the same picture.

Six motifs in flat shapes, light and grain, in shades around the tenant's accent colour.
"""

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (1600, 1000)
# Drawn larger and made smaller, so that edges are smooth.
OVERSAMPLING = 2
GRAIN = 26
# Hues, as parts of the circle, that go with any accent.
OCHRE, VERMILION, TEAL, SLATE = 0.11, 0.04, 0.48, 0.58

Colour = tuple[int, int, int]
Canvas = Image.Image


@dataclass(frozen=True)
class Palette:
    """The colours of one picture, from dark to light, with one that stands out."""

    night: Colour
    deep: Colour
    middle: Colour
    pale: Colour
    paper: Colour
    spark: Colour


def illustration(
    title: str, *, accent: str, motif: str = "", size: tuple[int, int] = SIZE
) -> bytes:
    """Return a JPEG for this title in shades around `accent` (`#rrggbb`).

    `motif` is one of `MOTIFS`; left blank, the title chooses. Raises KeyError for any other.
    """
    dice = Random(title)  # noqa: S311 - a picture, no secret
    palette = shades(accent, dice)
    width, height = size[0] * OVERSAMPLING, size[1] * OVERSAMPLING
    draw = MOTIFS[motif or dice.choice(sorted(MOTIFS))]
    canvas = draw(width, height, palette, dice)
    canvas = with_grain(canvas.resize(size, Image.Resampling.LANCZOS), dice)
    file = BytesIO()
    canvas.save(file, "JPEG", quality=88, optimize=True)
    return file.getvalue()


def shades(accent: str, dice: Random) -> Palette:
    """Return colours that go with an accent: its neighbours, warm paper, and one warm spark."""
    red, green, blue = (int(accent[start : start + 2], 16) / 255 for start in (1, 3, 5))
    hue, _lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    hue = (hue + dice.uniform(-0.03, 0.03)) % 1
    saturation = max(0.25, min(0.55, saturation))
    cool = dice.choice([hue - 0.07, hue + 0.07, SLATE, TEAL])

    def shade(of: float, lightness: float, strength: float) -> Colour:
        parts = colorsys.hls_to_rgb(of % 1, lightness, saturation * strength)
        return tuple(round(part * 255) for part in parts)  # type: ignore[return-value]

    return Palette(
        night=shade(cool, 0.14, 0.65),
        deep=shade(cool, 0.29, 0.65),
        middle=shade(hue, 0.43, 0.95),
        pale=shade(hue + 0.02, 0.74, 0.6),
        paper=shade(OCHRE, 0.92, 0.75),
        spark=shade(dice.choice([OCHRE, VERMILION]), 0.58, 1.25),
    )


# --- Motifs -----------------------------------------------------------------


def hills(width: int, height: int, palette: Palette, dice: Random) -> Canvas:
    """Ranges of hills, each paler with distance, under a low sun."""
    canvas = gradient(width, height, palette.pale, palette.paper)
    draw = ImageDraw.Draw(canvas)
    radius = height * dice.uniform(0.12, 0.2)
    disc(
        draw,
        width * dice.uniform(0.2, 0.8),
        height * dice.uniform(0.26, 0.42),
        radius,
        palette.spark,
    )
    ranges = dice.randint(4, 6)
    for number in range(ranges):
        near = number / (ranges - 1)
        colour = mix(mix(palette.pale, palette.middle, 0.35), palette.night, near)
        base = height * (0.48 + 0.4 * near)
        draw.polygon(wave(width, height, base, height * dice.uniform(0.05, 0.1), dice), fill=colour)
    return canvas


def city(width: int, height: int, palette: Palette, dice: Random) -> Canvas:
    """Rows of houses with a few lit windows."""
    canvas = gradient(width, height, palette.deep, palette.spark)
    draw = ImageDraw.Draw(canvas)
    for row, colour in enumerate(
        [mix(palette.pale, palette.middle, 0.5), palette.middle, palette.deep, palette.night]
    ):
        left = -width * dice.uniform(0, 0.05)
        while left < width:
            house = width * dice.uniform(0.05, 0.12)
            top = height * (dice.uniform(0.28, 0.5) + row * 0.13)
            draw.rectangle((left, top, left + house, height), fill=colour)
            if dice.random() < 0.4:
                peak = (left + house / 2, top - house * dice.uniform(0.3, 0.7))
                draw.polygon([(left, top), peak, (left + house, top)], fill=colour)
            light_windows(draw, (left, top, left + house, height), palette.paper, dice)
            left += house * dice.uniform(0.98, 1.25)
    return canvas


def light_windows(
    draw: ImageDraw.ImageDraw, house: tuple[float, float, float, float], light: Colour, dice: Random
) -> None:
    """Light some windows of a house, given by its left, top, right and bottom."""
    left, top, right, bottom = house
    columns = dice.randint(2, 4)
    pane = (right - left) / (columns * 2 + 1)
    for column in range(columns):
        for storey in range(int((bottom - top) / (pane * 3))):
            if dice.random() < 0.22:
                x = left + pane * (1 + 2 * column)
                y = top + pane * (1 + 3 * storey)
                draw.rectangle((x, y, x + pane, y + pane * 1.6), fill=light)


def tiles(width: int, height: int, palette: Palette, dice: Random) -> Canvas:
    """A floor of quarter circles and discs."""
    canvas = Image.new("RGB", (width, height), palette.paper)
    draw = ImageDraw.Draw(canvas)
    edge = height // dice.choice([3, 4, 5])
    colours = [palette.night, palette.deep, palette.middle, palette.pale, palette.spark]
    for x in range(0, width, edge):
        for y in range(0, height, edge):
            ground, figure = dice.sample([*colours, palette.paper], 2)
            draw.rectangle((x, y, x + edge, y + edge), fill=ground)
            shape = dice.random()
            if shape < 0.6:
                cx, cy = x + edge * dice.randint(0, 1), y + edge * dice.randint(0, 1)
                quarter = Image.new("L", (edge, edge), 0)
                disc(ImageDraw.Draw(quarter), cx - x, cy - y, edge, 255)
                canvas.paste(Image.new("RGB", (edge, edge), figure), (x, y), quarter)
            elif shape < 0.8:
                disc(draw, x + edge / 2, y + edge / 2, edge * 0.32, figure)
            else:
                draw.polygon([(x, y), (x + edge, y), (x, y + edge)], fill=figure)
    return canvas


def orbits(width: int, height: int, palette: Palette, dice: Random) -> Canvas:
    """Rings around a light, with a body on each."""
    canvas = gradient(width, height, palette.night, palette.deep)
    x, y = width * dice.uniform(0.25, 0.75), height * dice.uniform(0.35, 0.65)
    glow = Image.new("L", (width // 8, height // 8), 0)
    disc(ImageDraw.Draw(glow), x / 8, y / 8, height / 8 * 0.3, 150)
    glow = glow.filter(ImageFilter.GaussianBlur(height / 8 * 0.16)).resize((width, height))
    canvas.paste(Image.new("RGB", (width, height), palette.spark), (0, 0), glow)
    draw = ImageDraw.Draw(canvas)
    for number in range(dice.randint(5, 8)):
        radius = height * (0.2 + 0.11 * number)
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(
            box, outline=mix(palette.pale, palette.deep, number / 9), width=OVERSAMPLING * 2
        )
        angle = dice.uniform(0, math.tau)
        body = height * dice.uniform(0.012, 0.05)
        colour = dice.choice([palette.paper, palette.pale, palette.spark, palette.middle])
        disc(draw, x + radius * math.cos(angle), y + radius * math.sin(angle), body, colour)
    disc(draw, x, y, height * 0.1, palette.paper)
    return canvas


def strata(width: int, height: int, palette: Palette, dice: Random) -> Canvas:
    """Layers that wave across the sheet, like water or rock."""
    canvas = gradient(width, height, palette.paper, palette.pale)
    draw = ImageDraw.Draw(canvas)
    colours = [
        palette.pale,
        palette.middle,
        palette.spark,
        palette.deep,
        palette.paper,
        palette.night,
    ]
    layers = dice.randint(7, 10)
    for number in range(layers):
        base = height * (0.16 + 0.86 * number / layers)
        colour = mix(colours[number % len(colours)], palette.deep, number / layers * 0.45)
        draw.polygon(
            wave(width, height, base, height * dice.uniform(0.04, 0.12), dice), fill=colour
        )
    return canvas


def leaves(width: int, height: int, palette: Palette, dice: Random) -> Canvas:
    """Large leaves that overlap, lit from behind."""
    canvas = gradient(width, height, palette.paper, palette.pale)
    colours = [palette.night, palette.deep, palette.middle, palette.spark, palette.pale]
    for number in range(dice.randint(11, 15)):
        long, broad = height * dice.uniform(0.4, 0.8), height * dice.uniform(0.12, 0.24)
        leaf = Image.new("L", (int(long), int(long)), 0)
        outline = [
            (long * t, long / 2 + side * broad * math.sin(math.pi * t**0.8))
            for side, steps in ((1, range(41)), (-1, range(40, -1, -1)))
            for t in (step / 40 for step in steps)
        ]
        draw = ImageDraw.Draw(leaf)
        draw.polygon(outline, fill=225)
        draw.line((0, long / 2, long, long / 2), fill=120, width=OVERSAMPLING * 3)
        leaf = leaf.rotate(dice.uniform(0, 360), resample=Image.Resampling.BICUBIC, expand=True)
        at = (int(dice.uniform(-0.1, 0.85) * width), int(dice.uniform(-0.2, 0.7) * height))
        canvas.paste(Image.new("RGB", leaf.size, colours[number % len(colours)]), at, leaf)
    return canvas


MOTIFS: dict[str, Callable[[int, int, Palette, Random], Canvas]] = {
    motif.__name__: motif for motif in (city, hills, leaves, orbits, strata, tiles)
}


# --- Strokes ----------------------------------------------------------------


def gradient(width: int, height: int, top: Colour, bottom: Colour) -> Canvas:
    """Return a sheet that goes from one colour to another."""
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.composite(
        Image.new("RGB", (width, height), bottom), Image.new("RGB", (width, height), top), ramp
    )


def wave(
    width: int, height: int, base: float, swing: float, dice: Random
) -> list[tuple[float, float]]:
    """Return the outline of everything below a wave."""
    parts = [
        (dice.uniform(0.5, 1.6), dice.uniform(0, math.tau), 0.6),
        (dice.uniform(1.8, 3.6), dice.uniform(0, math.tau), 0.3),
        (dice.uniform(5, 9), dice.uniform(0, math.tau), 0.1),
    ]
    steps = 160
    line = [
        (
            width * step / steps,
            base
            - swing
            * sum(
                part * math.sin(math.tau * pace * step / steps + start)
                for pace, start, part in parts
            ),
        )
        for step in range(steps + 1)
    ]
    return [(0, height), *line, (width, height)]


def disc(
    draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour | int
) -> None:
    """Draw a filled circle."""
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two; `share` is how much of the other."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def with_grain(canvas: Canvas, dice: Random) -> Canvas:
    """Return the sheet with a printed grain and darker edges."""
    width, height = canvas.size
    noise = Image.frombytes("L", (width, height), dice.randbytes(width * height))
    noise = noise.filter(ImageFilter.GaussianBlur(0.7))
    noise = noise.point(lambda value: 128 + (value - 128) * GRAIN // 100)
    canvas = ImageChops.soft_light(canvas, Image.merge("RGB", (noise, noise, noise)))
    edges = (
        Image.radial_gradient("L").resize((width, height)).point(lambda value: value * 70 // 255)
    )
    return Image.composite(Image.new("RGB", (width, height)), canvas, edges)
