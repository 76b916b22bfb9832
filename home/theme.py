"""A tenant's accent colour, in variants that stay readable on light and on dark paper."""

import colorsys

# Raise when what `stylesheet` makes of a colour changes: browsers keep a theme for a year.
VERSION = 1

# The grounds that the accent stands on, as in site.css; the wells are the harder of each pair.
LIGHT_PAPER, LIGHT_WELL = "#fffefb", "#f5f2ea"
DARK_PAPER, DARK_WELL = "#141310", "#201e19"

# WCAG 2.2, success criterion 1.4.3: contrast of text.
READABLE = 4.5

Colour = tuple[float, float, float]


def stylesheet(accent: str) -> str:
    """Return the CSS that gives a site this accent (`#rrggbb`), in light and in dark."""
    light = readable(accent, ground=LIGHT_WELL, towards=0.0)
    dark = readable(accent, ground=DARK_WELL, towards=1.0)
    return (
        f":root {{ --accent: {light}; --on-accent: {LIGHT_PAPER}; }}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f"  :root {{ --accent: {dark}; --on-accent: {DARK_PAPER}; }}\n"
        "}\n"
    )


def readable(accent: str, *, ground: str, towards: float) -> str:
    """Return the colour itself, or the nearest shade towards black (0) or white (1) that can be read."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*parse(accent))
    shade = accent.lower()
    while contrast(shade, ground) < READABLE and lightness != towards:
        lightness = max(0.0, lightness - 0.01) if towards == 0.0 else min(1.0, lightness + 0.01)
        shade = write(colorsys.hls_to_rgb(hue, lightness, saturation))
    return shade


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return WCAG's relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parse(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def parse(colour: str) -> Colour:
    """Return red, green and blue from 0 to 1 of `#rrggbb`."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def write(colour: Colour) -> str:
    """Return `#rrggbb` of red, green and blue from 0 to 1."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
