"""The search key of a place (its Z-order number) and the few key ranges that cover a box of the map."""

from airbnb.domain.geo.coordinates import MAX_LAT_E6, MAX_LNG_E6, Box

BITS = 26
MAX_Z = (1 << 2 * BITS) - 1
MAX_RANGES = 12
#: Cells looked at per box. More fit the box tighter but cost time: at 128 a cover takes about 22 microseconds and
#: holds 1.4 times the box's area (median), at 64 14 and 1.5, at 256 43 and 1.33.
MAX_CELLS = 128

_TABLE_BITS = 13
_TABLE_MASK = (1 << _TABLE_BITS) - 1


def _spread_slowly(value: int) -> int:
    return sum((value >> bit & 1) << 2 * bit for bit in range(_TABLE_BITS))


#: A number of 13 bits -> the same bits with a zero between each two.
_SPREAD = tuple(_spread_slowly(value) for value in range(1 << _TABLE_BITS))


def z_key(lat_e6: int, lng_e6: int) -> int:
    """Return the place's key: the bits of its latitude and longitude cells interleaved, 52 bits.

    Near places mostly have near keys, so rows clustered by it are read in runs.
    """
    row, column = _row(lat_e6), _column(lng_e6)
    return _interleave(row, column)


def cover(box: Box, max_ranges: int = MAX_RANGES) -> list[tuple[int, int]]:
    """List key ranges (both ends included, ascending, apart) that hold every point of the box.

    Points outside the box lie in them too: the caller filters by latitude and longitude as well.
    A box over the antimeridian takes its two halves' share of ``max_ranges`` each.
    """
    parts = box.parts()
    if max_ranges < len(parts):
        raise ValueError("max_ranges must be at least one for each part of the box")
    ranges: list[tuple[int, int]] = []
    for part in parts:
        ranges.extend(_cover_part(part, max_ranges // len(parts)))
    return _join_overlaps(sorted(ranges))


def cell_of(z: int, bits: int) -> int:
    """Return the number of the cell that a key lies in, where the globe has ``2 ** bits`` rows and columns of cells."""
    return z >> 2 * (BITS - bits)


def cells_touched(box: Box, bits: int, most: int) -> list[int] | None:
    """Return the numbers of the cells that the box touches; None when they are more than ``most``."""
    shift = BITS - bits
    spans = [
        (range(_row(part.south) >> shift, (_row(part.north) >> shift) + 1),
         range(_column(part.west) >> shift, (_column(part.east) >> shift) + 1))
        for part in box.parts()
    ]  # fmt: skip
    if sum(len(rows) * len(columns) for rows, columns in spans) > most:
        return None
    return sorted({_interleave(row, column) for rows, columns in spans for row in rows for column in columns})


def _cover_part(box: Box, max_ranges: int) -> list[tuple[int, int]]:
    south, north = _row(box.south), _row(box.north)
    west, east = _column(box.west), _column(box.east)
    shift = _shift_for(south, west, north, east)
    columns = [_spread(column) for column in range(west >> shift, (east >> shift) + 1)]
    cells = [_spread(row) << 1 | column for row in range(south >> shift, (north >> shift) + 1) for column in columns]
    cells.sort()
    runs = _close_smallest_gaps(_runs(cells), max_ranges)
    width = 2 * shift
    return [(first << width, (last + 1 << width) - 1) for first, last in runs]


def _shift_for(south: int, west: int, north: int, east: int) -> int:
    """Choose the finest level at which the box touches at most ``MAX_CELLS`` cells."""
    # Start near the answer: at this level the longer side has about sqrt(MAX_CELLS) cells or fewer.
    shift = max(0, max(north - south, east - west).bit_length() - MAX_CELLS.bit_length())
    while ((north >> shift) - (south >> shift) + 1) * ((east >> shift) - (west >> shift) + 1) > MAX_CELLS:
        shift += 1
    return shift


def _runs(cells: list[int]) -> list[tuple[int, int]]:
    """Join neighbouring cell numbers into (first, last) runs."""
    runs: list[tuple[int, int]] = []
    first = last = cells[0]
    for cell in cells[1:]:
        if cell != last + 1:
            runs.append((first, last))
            first = cell
        last = cell
    runs.append((first, last))
    return runs


def _close_smallest_gaps(runs: list[tuple[int, int]], max_ranges: int) -> list[tuple[int, int]]:
    surplus = len(runs) - max_ranges
    if surplus <= 0:
        return runs
    by_gap = sorted(range(1, len(runs)), key=lambda index: runs[index][0] - runs[index - 1][1])
    closed = set(by_gap[:surplus])
    joined = [runs[0]]
    for index in range(1, len(runs)):
        if index in closed:
            joined[-1] = (joined[-1][0], runs[index][1])
        else:
            joined.append(runs[index])
    return joined


def _join_overlaps(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join what a closed gap of one half swallowed of the other half."""
    joined = [ranges[0]]
    for first, last in ranges[1:]:
        if first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _row(lat_e6: int) -> int:
    # One more than the span in the divisor keeps the north pole inside the last cell.
    return (lat_e6 + MAX_LAT_E6 << BITS) // (2 * MAX_LAT_E6 + 1)


def _column(lng_e6: int) -> int:
    return (lng_e6 + MAX_LNG_E6 << BITS) // (2 * MAX_LNG_E6 + 1)


def _interleave(row: int, column: int) -> int:
    return _spread(row) << 1 | _spread(column)


def _spread(value: int) -> int:
    return _SPREAD[value >> _TABLE_BITS] << 2 * _TABLE_BITS | _SPREAD[value & _TABLE_MASK]
