"""Who lives in the county: the figures kept in county/census.yml, or the operator's own file of the census.

The kept figures know districts and broad bands of age. A file from ONS "Create a custom dataset" or from Nomis adds
sex, single years of age and all of them together: see `read_census_file`.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from flows.county import DistrictsFile
from flows.yaml_lines import read_yaml
from staff.consulting.ages import AgeBand, AgeGroup, NotAnAge, join_bands, parse_age

By = Literal["district", "age", "sex"]
Group = tuple[str, ...]  # a value for each of what it is counted by, in that order: ("rugby", "16 to 24")

_AREA = ("lower tier local authorities code", "geography_code", "geography code")
_COUNT = ("observation", "obs_value", "count")
_ALL = ("total", "all ")
AGAIN = "Download it again as docs/who_is_missing.md says."


class CensusFileError(ValueError):
    """A census file that cannot be used; says the line and what to do."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"line {line}: {fault}")
        self.line = line


class Needed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    what: str
    where: str


class CensusFile(BaseModel):
    """county/census.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    status: Literal["published", "computed"]
    ages: tuple[str, ...]
    age_shares: Mapping[str, tuple[float, ...]]
    needed: tuple[Needed, ...]
    survey_ages: tuple[str, ...]

    @model_validator(mode="after")
    def _shares_fit(self) -> "CensusFile":
        for band in (*self.ages, *self.survey_ages):
            parse_age(band)
        for district, shares in self.age_shares.items():
            if len(shares) != len(self.ages):
                raise ValueError(f"{district} has {len(shares)} shares for {len(self.ages)} bands of age")
            if abs(sum(shares) - 100) > 0.5:
                raise ValueError(f"the shares of {district} add up to {sum(shares):.1f}, not 100")
        return self


@dataclass(frozen=True)
class Residents:
    """How many live in a district, of an age and sex; `sex` is None where it is not known."""

    district: str
    age: AgeBand
    sex: str | None
    count: float


@dataclass(frozen=True)
class Census:
    """`notes` say what is estimated; `needed` what the figures lack, with where to get it."""

    source: str
    residents: tuple[Residents, ...]
    notes: tuple[str, ...] = ()
    needed: tuple[Needed, ...] = ()

    @property
    def knows_sex(self) -> bool:
        return all(each.sex is not None for each in self.residents)

    @property
    def bands(self) -> list[AgeBand]:
        return sorted({each.age for each in self.residents})

    def from_age(self, least: int) -> "Census":
        """Those old enough to be asked. A band that begins below is cut as if each of its years were as many."""
        kept = []
        cut: set[AgeBand] = set()
        for each in self.residents:
            if each.age.low >= least:
                kept.append(each)
            elif each.age.end > least and each.age.high is not None:
                share = (each.age.end - least) / (each.age.end - each.age.low)
                kept.append(replace(each, age=AgeBand(least, each.age.high), count=each.count * share))
                cut.add(each.age)
            elif each.age.high is None:
                raise ValueError(f"the figures cannot be cut at {least}: their last band is {each.age}")
        notes = [
            f"Estimated: of people aged {band}, those from {least} on are taken as "
            f"{band.end - least:.0f} in {band.end - band.low:.0f}."
            for band in sorted(cut)
        ]
        return replace(self, residents=tuple(kept), notes=(*self.notes, *notes))

    def age_groups(
        self, survey: Sequence[str] | Mapping[str, AgeBand], *, least_age: int = 0
    ) -> tuple[AgeGroup, ...]:
        return join_bands(survey, self.bands, least_age=least_age)

    def count_by(self, by: Sequence[By], groups: Sequence[AgeGroup] = ()) -> dict[Group, float]:
        """How many live in each group. With "age", by these groups of age, each under its band's name."""
        counts: dict[Group, float] = defaultdict(float)
        for each in self.residents:
            named = {"district": each.district, "sex": each.sex}
            if "age" in by:
                named["age"] = next((str(g.band) for g in groups if g.band.holds(each.age)), None)
            values = [named[name] for name in by]
            if None not in values:
                counts[tuple(map(str, values))] += each.count
        return dict(counts)


def load_census(county: Path) -> Census:
    """What county/census.yml and county/districts.yml hold. Raises pydantic's ValidationError."""
    kept = CensusFile.model_validate(read_yaml(county / "census.yml"))
    districts = DistrictsFile.model_validate(read_yaml(county / "districts.yml")).districts
    residents = [
        # Published shares are rounded: they are spread so that they add up to the district.
        Residents(each.id, parse_age(age), None, each.population * share / sum(kept.age_shares[each.id]))
        for each in districts
        for age, share in zip(kept.ages, kept.age_shares[each.id], strict=True)
    ]
    return Census(kept.source, tuple(residents), needed=kept.needed)


def survey_ages(county: Path) -> tuple[str, ...]:
    return CensusFile.model_validate(read_yaml(county / "census.yml")).survey_ages


def read_census_file(path: Path, districts: Mapping[str, str]) -> Census:
    """The operator's own counts by district, age and, where it has it, sex. `districts` are our ids by ONS code.

    A row is a count, columns are found by name, in any order (others are left alone):

    - ONS custom dataset: "Lower tier local authorities Code", "Age (101 categories)", "Sex (2 categories)",
      "Observation"; any number of categories, since ages are read from their words ("Aged 16 to 24 years").
    - Nomis (table RM200 and others): GEOGRAPHY_CODE, C2021_AGE_92_NAME, C_SEX_NAME, OBS_VALUE. Rows of totals and
      of percentages are left out.

    Raises CensusFileError, and OSError where there is no such file.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise CensusFileError(
            1, f"the file is not UTF-8 text. Keep it as it was downloaded. {AGAIN}"
        ) from None
    rows = csv.reader(lines)
    header = [name.strip().casefold() for name in next(rows, [])]
    columns = _Columns.find(header)
    counts: dict[tuple[str, AgeBand, str | None], int] = {}
    for row in rows:
        read = columns.read(row, rows.line_num, districts)
        if read is None:
            continue
        district, band, sex, count = read
        key = (district, band, sex)
        if key in counts:
            raise CensusFileError(
                rows.line_num, f"a second count for the same people. Choose one date and one measure. {AGAIN}"
            )
        counts[key] = count
    _check_whole(counts, districts, rows.line_num)
    residents = tuple(Residents(*of, count) for of, count in counts.items())
    return Census(f"{path.name} (ONS Census 2021, Open Government Licence)", residents)


@dataclass(frozen=True)
class _Columns:
    area: int
    age: int
    count: int
    sex: int | None
    measure: int | None

    @classmethod
    def find(cls, header: Sequence[str]) -> "_Columns":
        age = [
            at
            for at, name in enumerate(header)
            if (name.startswith("age") and not name.endswith("code"))
            or (name.startswith("c2021_age") and name.endswith("_name"))
        ]
        sex = [
            at
            for at, name in enumerate(header)
            if (name.startswith("sex") and not name.endswith("code")) or name == "c_sex_name"
        ]
        area, count = ([at for at, n in enumerate(header) if n in names] for names in (_AREA, _COUNT))
        for found, what in ((area, _AREA[0]), (age, "Age (101 categories)"), (count, "Observation")):
            if not found:
                raise CensusFileError(
                    1, f"there is no column {what!r}, nor its name in Nomis. Keep the first line. {AGAIN}"
                )
        measure = header.index("measures_name") if "measures_name" in header else None
        return cls(area[0], age[0], count[0], sex[0] if sex else None, measure)

    def read(
        self, row: Sequence[str], line: int, districts: Mapping[str, str]
    ) -> tuple[str, AgeBand, str | None, int] | None:
        """None for a row of another area, a total or a percentage."""
        if not any(row):
            return None
        if len(row) <= max(self.area, self.age, self.count, self.sex or 0):
            raise CensusFileError(line, f"the row has only {len(row)} columns. {AGAIN}")
        district = districts.get(row[self.area].strip())
        age, sex = row[self.age].strip(), None if self.sex is None else row[self.sex].strip().casefold()
        if district is None or age.casefold().startswith(_ALL) or (sex or "").startswith(_ALL):
            return None
        if self.measure is not None and row[self.measure].strip().casefold() not in ("value", ""):
            return None
        if sex is not None and sex not in ("female", "male"):
            raise CensusFileError(
                line, f"{sex!r} is neither Female nor Male. Choose sex (2 categories). {AGAIN}"
            )
        try:
            band = parse_age(age)
        except NotAnAge:
            raise CensusFileError(line, f"{age!r} is no age. Choose age with its labels. {AGAIN}") from None
        said = row[self.count].strip().replace(",", "")
        if not said.isdecimal():
            raise CensusFileError(line, f"{said!r} is no count. Choose counts, not percentages. {AGAIN}")
        return district, band, sex, int(said)


def _check_whole(
    counts: Iterable[tuple[str, AgeBand, str | None]], districts: Mapping[str, str], line: int
) -> None:
    """Every district has the same bands, without gap or overlap."""
    held: dict[str, dict[str | None, list[AgeBand]]] = defaultdict(lambda: defaultdict(list))
    for district, band, sex in counts:
        held[district][sex].append(band)
    missing = [f"{id} ({code})" for code, id in districts.items() if id not in held]
    if missing:
        raise CensusFileError(
            line, f"there are no rows for {', '.join(missing)}. Choose these areas too. {AGAIN}"
        )
    for district, by_sex in held.items():
        for sex, bands in by_sex.items():
            bands.sort()
            starts = [0, *(band.end for band in bands)]
            for start, following in zip(starts, [*bands, None], strict=True):
                if following is None and start == float("inf"):
                    continue
                if following is None or following.low != start:
                    raise CensusFileError(
                        line,
                        f"{district}{', ' + sex if sex else ''}: ages from {start:.0f} on are missing or given twice. "
                        f"Choose all categories of age. {AGAIN}",
                    )
