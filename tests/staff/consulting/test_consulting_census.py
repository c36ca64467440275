"""Who lives in the county, from the kept figures and from the operator's own file."""

import shutil
from pathlib import Path

import pytest

from staff.consulting.ages import AgeBand, NotAnAge, join_bands, parse_age
from staff.consulting.census import CensusFileError, load_census, read_census_file, survey_ages
from staff.consulting.missing_check import check_missing

COUNTY = Path(__file__).parents[3] / "county"
CODES = {"E07000220": "rugby", "E07000222": "warwick"}
ONS = (
    "Lower tier local authorities Code,Lower tier local authorities,Age (101 categories) Code,Age (101 categories),"
    "Sex (2 categories) Code,Sex (2 categories),Observation\n"
)


def ons_file(*rows: str) -> str:
    return ONS + "\n".join(rows) + "\n"


def ons_rows(code: str, name: str) -> list[str]:
    return [
        f"{code},{name},{at},{age},{sex_code},{sex},{count}"
        for sex_code, sex in ((1, "Female"), (2, "Male"))
        for at, (age, count) in enumerate(
            [("Aged 15 years and under", 20), ("Aged 16 to 24 years", 10), ("Aged 25 years and over", 70)]
        )
    ]


WHOLE = [*ons_rows("E07000220", "Rugby"), *ons_rows("E07000222", "Warwick")]


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("under 16", (0, 15)),
        ("16-17", (16, 17)),
        ("85+", (85, None)),
        ("Aged under 1 year", (0, 0)),
        ("Aged 1 year", (1, 1)),
        ("Aged 4 years and under", (0, 4)),
        ("Aged 16 to 24 years", (16, 24)),
        ("Aged 100 years and over", (100, None)),
    ],
)
def test_ages_are_read_as_the_survey_and_the_census_write_them(text, band) -> None:
    assert parse_age(text) == AgeBand(*band)


def test_words_that_are_no_age_are_refused() -> None:
    with pytest.raises(NotAnAge, match="write it as"):
        parse_age("Does not apply")


def test_the_kept_figures_add_up_to_the_county() -> None:
    census = load_census(COUNTY)
    assert sum(census.count_by(["district"]).values()) == pytest.approx(596_772)
    assert census.count_by(["district"])[("rugby",)] == pytest.approx(114_363)
    assert not census.knows_sex
    assert "Sex" in census.needed[0].what


def test_bands_that_the_census_does_not_part_are_taken_together_and_named() -> None:
    census = load_census(COUNTY)
    groups = census.age_groups(survey_ages(COUNTY))
    assert [str(g.band) for g in groups] == [
        "under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 to 74", "75 and over",
    ]  # fmt: skip
    assert groups[0].note == (
        "under 16, 16-17 and 18-24 are taken together: the census figures here do not part them."
    )
    assert groups[-1].members == ("75-84", "85+")
    assert groups[1].note is None
    # Warwickshire's own share of 25 to 34 in the fact sheet is 12.7 per cent.
    of_age = census.count_by(["age"], groups)
    assert of_age[("25 to 34",)] / sum(of_age.values()) == pytest.approx(0.127, abs=0.0005)


def test_only_those_old_enough_to_be_asked_are_expected_and_the_cut_is_said() -> None:
    census = load_census(COUNTY).from_age(16)
    groups = census.age_groups(survey_ages(COUNTY), least_age=16)
    assert str(groups[0].band) == "16 to 24"
    assert groups[0].members == ("16-17", "18-24")
    assert census.count_by(["district", "age"], groups)[("rugby", "16 to 24")] == pytest.approx(10_591, abs=2)
    assert census.notes == ("Estimated: of people aged 15 to 24, those from 16 on are taken as 9 in 10.",)


def test_a_band_below_the_least_age_is_no_group() -> None:
    single_years = [AgeBand(age, age) for age in range(90)] + [AgeBand(90)]
    groups = join_bands(["under 16", "16-17", "18+"], single_years, least_age=16)
    assert [g.members for g in groups] == [("16-17",), ("18+",)]
    by_id = {"teen": AgeBand.of_option((16, 17)), "grown": AgeBand.of_option((18, 120))}
    assert [g.members for g in join_bands(by_id, single_years, least_age=16)] == [("teen",), ("grown",)]


def test_a_custom_dataset_of_the_census_is_read(tmp_path: Path) -> None:
    path = tmp_path / "custom-filtered.csv"
    path.write_text(ons_file(*WHOLE, "E07000999,Elsewhere,0,Aged 1 year,1,Female,5"), encoding="utf-8-sig")
    census = read_census_file(path, CODES)
    groups = census.age_groups(["under 16", "16-17", "18-24", "25+"])
    assert census.knows_sex
    assert census.count_by(["district", "age", "sex"], groups)[("rugby", "16 to 24", "male")] == 10
    assert census.count_by(["sex"])[("female",)] == 200


def test_a_table_of_nomis_is_read_without_its_totals_and_percentages(tmp_path: Path) -> None:
    path = tmp_path / "rm200.csv"
    rows = ['"DATE","GEOGRAPHY_CODE","C2021_AGE_92_NAME","C_SEX_NAME","MEASURES_NAME","OBS_VALUE"']
    for code in CODES:
        for sex in ("All persons", "Female", "Male"):
            for age in ("Total", "Aged 17 years and under", "Aged 18 years and over"):
                rows += [
                    f'"2021","{code}","{age}","{sex}","Value",7',
                    f'"2021","{code}","{age}","{sex}","Percent",50',
                ]
    path.write_text("\n".join(rows), encoding="utf-8")
    census = read_census_file(path, CODES)
    assert census.count_by(["district", "sex"]) == {
        ("rugby", "female"): 14, ("rugby", "male"): 14, ("warwick", "female"): 14, ("warwick", "male"): 14,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "no column 'lower tier local authorities code'"),
        (ONS.replace("Observation", "Percent") + "\n".join(WHOLE), 1, "no column 'Observation'"),
        (ons_file(*WHOLE[:6]), 7, r"no rows for warwick \(E07000222\)"),
        (ons_file(*WHOLE[:3], "E07000220,Rugby,9,Aged 99,2,Male,few"), 5, "'few' is no count"),
        (ons_file("E07000220,Rugby,-8,Does not apply,1,Female,0"), 2, "'Does not apply' is no age"),
        (ons_file("E07000220,Rugby"), 2, "only 2 columns"),
        (ons_file(*WHOLE, WHOLE[0]), 14, "a second count for the same people"),
        (ons_file(*WHOLE[1:]), 12, "rugby, female: ages from 0 on are missing"),
        (ons_file("E07000220,Rugby,1,Aged 9 years,3,Other,1"), 2, "neither Female nor Male"),
    ],
)
def test_a_file_that_cannot_be_used_names_the_line_and_what_to_do(text, line, says, tmp_path: Path) -> None:
    path = tmp_path / "census.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CensusFileError, match=says) as raised:
        read_census_file(path, CODES)
    assert raised.value.line == line
    assert "docs/who_is_missing.md" in str(raised.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("census.yml", "  rugby: [18.1,", "  rugby: [28.1,", "shares of rugby add up to 110.1"),
        ("census.yml", "  rugby:", "  rugbi:", "there is no district rugbi"),
        ("census.yml", '"16-17"', '"teens"', "is no band of age"),
        ("consultation_reach.yml", "{district: rugby}", "{district: rugbi}", "there is no district rugbi"),
        ("consultation_reach.yml", "when: {}", "when: {sex: male}", "has to fit everybody"),
    ],
)
def test_the_check_names_the_fault_and_its_line(file, old, new, says, tmp_path: Path) -> None:
    assert check_missing(COUNTY.parent) == []
    (tmp_path / "county").mkdir()
    for name in ("districts.yml", "census.yml", "consultation_reach.yml"):
        shutil.copy(COUNTY / name, tmp_path / "county")
    changed = tmp_path / "county" / file
    text = changed.read_text(encoding="utf-8")
    assert old in text
    changed.write_text(text.replace(old, new), encoding="utf-8")
    faults = check_missing(tmp_path)
    assert any(says in fault.message and fault.file == f"county/{file}" for fault in faults)
    assert all(fault.line >= 1 for fault in faults)
