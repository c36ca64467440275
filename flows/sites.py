"""Sites: which reports are of the same one, by place, by how certainly it is known, and by time.

Points lie on a grid, so that the record finds what is near by a few whole numbers, on any database.
"""

import math

# About 1.1 km each way in the middle of England.
CELL_LATITUDE, CELL_LONGITUDE = 0.01, 0.016
_COLUMNS = 100_000


def find_cell(latitude: float | None, longitude: float | None) -> int | None:
    """The number of the cell of a point; None for no point."""
    if latitude is None or longitude is None:
        return None
    row, column = math.floor((latitude + 90) / CELL_LATITUDE), math.floor((longitude + 180) / CELL_LONGITUDE)
    return row * _COLUMNS + column


def cells_around(latitude: float, longitude: float, metres: float) -> tuple[int, ...]:
    """The cells that hold every point within so many metres, and some more."""
    north = metres / 111_000
    east = metres / (111_000 * max(math.cos(math.radians(latitude)), 0.01))
    rows = range(
        math.floor((latitude - north + 90) / CELL_LATITUDE),
        math.floor((latitude + north + 90) / CELL_LATITUDE) + 1,
    )
    columns = range(
        math.floor((longitude - east + 180) / CELL_LONGITUDE),
        math.floor((longitude + east + 180) / CELL_LONGITUDE) + 1,
    )
    return tuple(row * _COLUMNS + column for row in rows for column in columns)
