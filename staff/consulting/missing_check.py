"""The part of `frontdoor check` that reads whom answers are compared with, and the steps for who is missing."""

from pathlib import Path

from flows.county import DistrictsFile
from flows.findings import Fault, Findings
from staff.consulting.census import CensusFile
from staff.consulting.gunning import PreElectionFile
from staff.consulting.representativeness import ReachFile

CENSUS = "county/census.yml"
REACH = "county/consultation_reach.yml"
PRE_ELECTION = "county/pre_election.yml"


def check_missing(root: Path) -> list[Fault]:
    """Faults of both files; a county that asks nobody needs neither."""
    found = Findings(root, None)
    loaded = found.load("county/districts.yml", DistrictsFile)
    if loaded is None:  # said by the check of places
        return []
    districts = {district.id for district in loaded.districts}
    census = found.load(CENSUS, CensusFile) if (root / CENSUS).exists() else None
    if census is not None:
        for district in sorted(districts ^ set(census.age_shares)):
            known = district in districts
            says = (
                f"there are no shares of age for {district}" if known else f"there is no district {district}"
            )
            found.note(CENSUS, ("age_shares",) if known else ("age_shares", district), says)
    reach = found.load(REACH, ReachFile) if (root / REACH).exists() else None
    for at, step in enumerate(reach.steps if reach else ()):
        if step.when.district not in {None, *districts}:
            found.note(REACH, ("steps", at, "when", "district"), f"there is no district {step.when.district}")
    if reach is not None and (not reach.steps or reach.steps[-1].when.model_dump(exclude_none=True)):
        found.note(REACH, ("steps",), "the last step has to fit everybody: `when: {}`")
    if (root / PRE_ELECTION).exists():
        found.load(PRE_ELECTION, PreElectionFile)
    return found.faults
