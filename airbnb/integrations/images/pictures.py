"""Pictures of homes that never were: for the demo world, the same for the same seed."""

import io
import random
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 800
_QUALITY = 80
_LABEL_SIZE = 30

Colour = tuple[int, int, int]


class Light(NamedTuple):
    """The colours of an hour of the day."""

    zenith: Colour
    horizon: Colour
    sun: Colour
    land: Colour
    window: Colour


_LIGHTS = (
    Light((72, 140, 214), (205, 230, 245), (255, 248, 220), (86, 132, 84), (188, 214, 230)),  # noon
    Light((58, 66, 120), (250, 170, 118), (255, 221, 150), (70, 82, 84), (255, 214, 128)),  # dusk
    Light((120, 160, 196), (250, 224, 200), (255, 240, 205), (116, 140, 96), (214, 226, 228)),  # morning
    Light((22, 30, 66), (84, 96, 148), (238, 240, 255), (36, 52, 58), (255, 208, 112)),  # night
)
_WALLS = ((236, 226, 208), (214, 170, 138), (190, 204, 210), (240, 240, 236), (200, 120, 96), (228, 200, 140))
_ROOFS = ((142, 68, 52), (84, 88, 98), (120, 84, 60), (62, 84, 96))


def generate_picture(seed: int, label: str = "") -> bytes:
    """Draw a home in a landscape as a JPEG of 1200 by 800 pixels; ``label`` is written in a corner."""
    rng = random.Random(seed)  # noqa: S311 - a picture for a demo, repeatable by its seed
    light = rng.choice(_LIGHTS)
    horizon = rng.randint(400, 500)
    image = _sky(light, horizon)
    draw = ImageDraw.Draw(image)
    _sun(draw, rng, light, horizon)
    scene = rng.choice((_town, _cottage, _seaside))
    scene(draw, rng, light, horizon)
    if label:
        _write(image, label)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=_QUALITY)
    return target.getvalue()


def _mix(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _sky(light: Light, horizon: int) -> Image.Image:
    column = Image.new("RGB", (1, HEIGHT))
    column.putdata([_mix(light.zenith, light.horizon, min(1.0, y / horizon)) for y in range(HEIGHT)])
    return column.resize((WIDTH, HEIGHT))


def _sun(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, horizon: int) -> None:
    x, y, radius = rng.randint(150, 1050), rng.randint(90, horizon - 120), rng.randint(36, 60)
    sky = _mix(light.zenith, light.horizon, y / horizon)
    for ring in range(3, 0, -1):
        draw.circle((x, y), radius + ring * 12, fill=_mix(light.sun, sky, 0.66 + 0.09 * ring))
    draw.circle((x, y), radius, fill=light.sun)


def _ridge(draw: ImageDraw.ImageDraw, rng: random.Random, *, base: int, height: int, steps: int, fill: Colour) -> None:
    """Draw a line of hills from one edge to the other, filled down to the bottom."""
    points = [(step * WIDTH / steps, base - rng.randint(0, height)) for step in range(steps + 1)]
    draw.polygon([(0, HEIGHT), *points, (WIDTH, HEIGHT)], fill=fill)


def _cottage(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, horizon: int) -> None:
    """A house before mountains, with trees."""
    _ridge(draw, rng, base=horizon, height=170, steps=7, fill=_mix(light.land, light.horizon, 0.6))
    _ridge(draw, rng, base=horizon + 40, height=90, steps=9, fill=_mix(light.land, light.horizon, 0.3))
    _ridge(draw, rng, base=horizon + 120, height=24, steps=12, fill=light.land)
    left = rng.randint(340, 520)
    _trees(draw, rng, light, ground=horizon + 150)
    _house(draw, rng, light, (left, horizon + 30, left + rng.randint(300, 400), horizon + 230))
    _meadow(draw, rng, light, horizon + 230)


def _town(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, horizon: int) -> None:
    """A street of narrow houses."""
    _ridge(draw, rng, base=horizon, height=60, steps=24, fill=_mix(light.land, light.horizon, 0.65))
    ground, left = horizon + 230, -rng.randint(0, 80)
    while left < WIDTH:
        width = rng.randint(150, 230)
        _house(draw, rng, light, (left, ground - rng.randint(220, 360), left + width, ground))
        left += width
    draw.rectangle((0, ground, WIDTH, HEIGHT), fill=_mix(light.land, (120, 120, 124), 0.7))
    for x in range(-40, WIDTH, 130):
        draw.rectangle((x, ground + 40, x + 70, ground + 47), fill=_mix(light.horizon, (255, 255, 255), 0.4))


def _seaside(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, horizon: int) -> None:
    """A house on a shore, boats on the water."""
    water = _mix(light.zenith, (20, 96, 120), 0.4)
    draw.rectangle((0, horizon, WIDTH, HEIGHT), fill=water)
    for _ in range(90):
        x, y = rng.randint(0, WIDTH), rng.randint(horizon + 6, HEIGHT)
        length = 8 + (y - horizon) // 4
        draw.line((x, y, x + length, y), fill=_mix(water, light.sun, rng.uniform(0.15, 0.5)), width=2)
    for _ in range(rng.randint(1, 3)):
        x, y = rng.randint(80, 1100), horizon + rng.randint(16, 60)
        draw.polygon([(x, y), (x + 50, y), (x + 40, y + 12), (x + 10, y + 12)], fill=rng.choice(_ROOFS))
        draw.polygon([(x + 24, y - 4), (x + 24, y - 60), (x + 52, y - 8)], fill=(246, 246, 242))
    sand = _mix((226, 204, 160), light.land, 0.25)
    shore = horizon + 190
    draw.polygon(
        [(0, shore - 40), (420, shore), (900, shore + 60), (WIDTH, shore + 50), (WIDTH, HEIGHT), (0, HEIGHT)], sand
    )
    left = rng.randint(60, 260)
    _house(draw, rng, light, (left, shore - 170, left + rng.randint(280, 360), shore + 60))


def _house(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    dim = 0.55 if light is _LIGHTS[3] else 0.12
    wall = _mix(rng.choice(_WALLS), light.zenith, dim)
    roof = _mix(rng.choice(_ROOFS), light.zenith, dim)
    draw.rectangle(box, fill=wall)
    draw.polygon([(left - 14, top), (right + 14, top), ((left + right) / 2, top - rng.randint(60, 120))], fill=roof)
    columns = max(2, (right - left) // 85)
    step = (right - left) / columns
    for row_top in range(top + 24, bottom - 110, 84):
        for column in range(columns):
            _window(draw, light, left + step * (column + 0.5), row_top, lit=rng.random() < 0.7)
    door = left + step * (rng.randrange(columns) + 0.5)
    draw.rectangle((door - 22, bottom - 84, door + 22, bottom), fill=_mix(roof, (30, 20, 20), 0.3))
    draw.circle((door + 13, bottom - 40), 3, fill=light.sun)


def _window(draw: ImageDraw.ImageDraw, light: Light, middle: float, top: int, *, lit: bool) -> None:
    pane = light.window if lit else _mix(light.zenith, (40, 50, 60), 0.5)
    frame = (250, 248, 242)
    draw.rectangle((middle - 22, top, middle + 22, top + 52), fill=pane, outline=frame, width=4)
    draw.line((middle, top, middle, top + 52), fill=frame, width=3)
    draw.line((middle - 22, top + 26, middle + 22, top + 26), fill=frame, width=3)


def _trees(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, *, ground: int) -> None:
    for _ in range(rng.randint(6, 12)):
        x, size = rng.randint(20, WIDTH - 20), rng.randint(50, 110)
        leaves = _mix(light.land, (24, 70, 48), rng.uniform(0.3, 0.8))
        draw.rectangle((x - 5, ground - 20, x + 5, ground + 30), fill=(88, 66, 50))
        for tier in range(3):
            y = ground - tier * size * 0.5
            half = size * (0.55 - tier * 0.13)
            draw.polygon([(x - half, y), (x + half, y), (x, y - size * 0.8)], fill=leaves)


def _meadow(draw: ImageDraw.ImageDraw, rng: random.Random, light: Light, top: int) -> None:
    draw.rectangle((0, top, WIDTH, HEIGHT), fill=_mix(light.land, (150, 170, 90), 0.25))
    for _ in range(160):
        x, y = rng.randint(0, WIDTH), rng.randint(top, HEIGHT)
        colour = rng.choice(((244, 220, 120), (236, 236, 240), (214, 120, 140), light.land))
        draw.circle((x, y), rng.randint(2, 4), fill=colour)


def _write(image: Image.Image, label: str) -> None:
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(_LABEL_SIZE)
    draw.text((33, HEIGHT - 55), label, font=font, fill=(20, 20, 30))
    draw.text((32, HEIGHT - 56), label, font=font, fill=(255, 255, 255))
