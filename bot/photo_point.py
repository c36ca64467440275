"""Where a photo says it was taken: the point of its EXIF, read before the EXIF is thrown away.

Read in the child process that decodes the photo, because anybody can write anything there, and checked once more
by whoever takes the child's answer. CIPA DC-008 (Exif 2.32), 4.6.6 names the tags.
"""

import math
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD

from flows.messages import Location

# Degrees come in parts: so many parts make one.
_PARTS = (1, 60, 3600)
WORST_ERROR_M = 100
"""A point whose own word is that it may be farther off is no pin."""


def find_point(photo: Image.Image) -> Location | None:
    """The point in a photo's EXIF; None where there is none, or none that makes sense."""
    try:
        return read_point(photo.getexif().get_ifd(IFD.GPSInfo))
    except Exception:
        # Decoders raise nearly anything on bytes made to break them; a photo without a point is as good.
        return None


def read_point(tags: Mapping[int, Any]) -> Location | None:
    """The point of EXIF's GPS tags, e.g. {1: "N", 2: (52, 17, 1.5), 3: "W", 4: (1, 35, 2)}.

    Raises what a wrong kind of value raises.
    """
    if _letter(tags.get(GPS.GPSStatus)) == "V":  # the receiver had lost its satellites
        return None
    error = tags.get(GPS.GPSHPositioningError)
    if error is not None and not float(error) <= WORST_ERROR_M:
        return None
    latitude = _degrees(tags.get(GPS.GPSLatitude), _letter(tags.get(GPS.GPSLatitudeRef)), "NS")
    longitude = _degrees(tags.get(GPS.GPSLongitude), _letter(tags.get(GPS.GPSLongitudeRef)), "EW")
    return check_point(latitude, longitude)


def check_point(latitude: Any, longitude: Any) -> Location | None:
    """A point on earth, to a tenth of a metre; None for anything else, and for 0,0, which cameras write for none."""
    given = (latitude, longitude)
    if not all(isinstance(each, float) and math.isfinite(each) for each in given):
        return None
    point = Location(round(latitude, 6), round(longitude, 6))
    is_nowhere = abs(point.latitude) < 0.001 and abs(point.longitude) < 0.001
    return point if point.is_on_earth and not is_nowhere else None


def _degrees(value: Any, half: str, halves: str) -> float | None:
    """Degrees, minutes and seconds as one number, below zero in the second of the two halves of the earth."""
    if not isinstance(value, tuple) or len(value) != 3 or half not in tuple(halves):
        return None
    degrees, minutes, seconds = map(float, value)
    if not (0 <= degrees <= 180 and 0 <= minutes <= 60 and 0 <= seconds <= 60):  # false for what is no number
        return None
    total = sum(each / part for each, part in zip((degrees, minutes, seconds), _PARTS, strict=True))
    return -total if half == halves[1] else total


def _letter(value: Any) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text.strip("\0 ").upper() if isinstance(text, str) else ""
