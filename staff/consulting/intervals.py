"""How far chance alone may have moved a figure.

The intervals speak of chance only. Who answers a consultation chose to: those who did not may think otherwise, and no
interval measures that. Weights lessen it where who is missing is known; `CAUTION` is said wherever one is shown.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
CAUTION = "The margins of error show chance alone. People chose to answer, so those who did not may think differently."


@dataclass(frozen=True)
class Estimate:
    """A figure and, 95 times in 100, where it lies."""

    value: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        """The greater of the distances to both ends."""
        return max(self.value - self.low, self.high - self.value)


def estimate_share(
    share: float, answers: float, *, groups: int = 1, confidence: float = CONFIDENCE
) -> Estimate:
    """Wilson's score interval; with `groups`, so wide that all of that many shares hold together.

    That is Goodman's interval for the shares of one question (Technometrics 7, 1965, pages 247-254). `answers` may be
    an effective number of answers (Franco, Little, Louis and Slud, 2019, compare the intervals for weighted shares).
    """
    if answers <= 0:
        return Estimate(share, 0.0, 1.0)
    z = find_z(1 - (1 - confidence) / groups)
    middle = share + z * z / (2 * answers)
    half = z * sqrt(share * (1 - share) / answers + z * z / (4 * answers * answers))
    whole = 1 + z * z / answers
    # The share itself lies within, where all or none is off by how floats are rounded.
    low, high = (middle - half) / whole, (middle + half) / whole
    return Estimate(share, max(0.0, min(low, share)), min(1.0, max(high, share)))


def estimate_mean(
    mean: float, variance: float, answers: float, *, confidence: float = CONFIDENCE
) -> Estimate:
    """The normal interval of a mean; `variance` is that of single answers."""
    if answers <= 1:
        return Estimate(mean, float("-inf"), float("inf"))
    half = find_z(confidence) * sqrt(variance / answers)
    return Estimate(mean, mean - half, mean + half)


def find_z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
