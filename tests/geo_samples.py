"""Small files in the published layouts, written by hand; the points are of Warwick and places around it."""

import json
import zipfile
from pathlib import Path
from typing import Any

from storage.geo_import import CountyShape

COUNTY = CountyShape({"E07000222": "Warwick"}, frozenset({"CV34"}), ((52.28, -1.58),))
# The columns ONSPD has had for years, and what they are called since 2025.
OLD_HEADER = (
    "pcd,pcd2,pcds,dointr,doterm,oscty,ced,oslaua,osward,oseast1m,osnrth1m,osgrdind,ctry,lat,long,imd"
)
NEW_HEADER = (
    "pcd7,pcd8,pcds,dointr,doterm,cty25cd,ced25cd,lad25cd,wd25cd,east1m,north1m,"
    "gridind,ctry25cd,lat,long,imd20ind"
)
# The 34 columns of OS Open Names, as its header file gives them.
NAMES_HEADER = (
    "ID NAMES_URI NAME1 NAME1_LANG NAME2 NAME2_LANG TYPE LOCAL_TYPE GEOMETRY_X GEOMETRY_Y MOST_DETAIL_VIEW_RES "
    "LEAST_DETAIL_VIEW_RES MBR_XMIN MBR_YMIN MBR_XMAX MBR_YMAX POSTCODE_DISTRICT POSTCODE_DISTRICT_URI "
    "POPULATED_PLACE POPULATED_PLACE_URI POPULATED_PLACE_TYPE DISTRICT_BOROUGH DISTRICT_BOROUGH_URI "
    "DISTRICT_BOROUGH_TYPE COUNTY_UNITARY COUNTY_UNITARY_URI COUNTY_UNITARY_TYPE REGION REGION_URI COUNTRY "
    "COUNTRY_URI RELATED_SPATIAL_OBJECT SAME_AS_DBPEDIA SAME_AS_GEONAMES"
).split()
Squares = dict[tuple[str, str], tuple[float, float, float, float]]
# Squares, longitude first: Warwick, Coventry north-east of it, and one far off.
SQUARES: Squares = {
    ("E07000222", "Warwick"): (-1.70, 52.20, -1.45, 52.37),
    ("E08000026", "Coventry"): (-1.60, 52.37, -1.42, 52.46),
    ("E06000057", "Northumberland"): (-2.10, 55.10, -1.90, 55.20),
}


def postcode_row(code: str, lat: float, long: float, district: str = "E07000222", ended: str = "") -> str:
    bare = code.replace(" ", "")
    outward, inward = bare[:-3], bare[-3:]
    return (
        f'"{outward:<4}{inward}","{outward:<4} {inward}","{code}","198001","{ended}","E10000031","E99999999",'
        f'"{district}","E05012616","428000","265000","1","E92000001",{lat:.6f},{long:.6f},12345'
    )


POSTCODES = [
    postcode_row("CV34 6PH", 52.281400, -1.585300),
    postcode_row("CV34 9ZY", 99.999999, 0.000000),
    postcode_row("CV34 5AA", 52.28, -1.58, ended="201006"),
    postcode_row("CV5 7AA", 52.42, -1.56, "E08000026"),
    postcode_row("NE66 1AA", 55.41, -1.70, "E06000057"),
]


def write_postcodes(path: Path, rows: list[str] = POSTCODES, header: str = OLD_HEADER) -> Path:
    text = "\n".join([header, *rows]) + "\n"
    if path.suffix != ".zip":
        path.write_text(text, encoding="utf-8-sig")
        return path
    with zipfile.ZipFile(path, "w") as held:
        held.writestr("Data/ONSPD_AUG_2025_UK.csv", text)
        held.writestr("Data/multi_csv/ONSPD_AUG_2025_UK_CV.csv", text)
        held.writestr(
            "Documents/LA_UA names and codes UK as at 04_25.csv", "LAD25CD,LAD25NM\nE07000222,Warwick\n"
        )
    return path


def write_boundaries(path: Path, *, grid: Any = None, crs: str = "", squares: Squares = SQUARES) -> Path:
    """`grid` turns degrees (longitude, latitude) into the metres the file is written in; `crs` is said if given."""
    features = []
    for number, ((code, name), (west, south, east, north)) in enumerate(squares.items(), 1):
        ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        spots = [list(grid(*spot)) if grid else list(spot) for spot in ring]
        properties = {
            "FID": number,
            "LAD24CD": code,
            "LAD24NM": name,
            "LAD24NMW": " ",
            "BNG_E": 0,
            "BNG_N": 0,
        }
        geometry = {"type": "Polygon", "coordinates": [spots]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    kept: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        kept["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(kept), encoding="utf-8")
    return path


def name_row(
    name: str, kind: str, x: float, y: float, *, near: str = "", borough: str = "Warwick"
) -> list[str]:
    row = dict.fromkeys(NAMES_HEADER, "")
    row |= {
        "ID": f"osgb{abs(hash(name)) % 10**10}",
        "NAME1": name,
        "LOCAL_TYPE": kind,
        "TYPE": "transportNetwork",
    }
    row |= {"GEOMETRY_X": str(x), "GEOMETRY_Y": str(y), "POPULATED_PLACE": near, "DISTRICT_BOROUGH": borough}
    row |= {"MBR_XMIN": str(x - 200), "MBR_YMIN": str(y), "MBR_XMAX": str(x + 200), "MBR_YMAX": str(y)}
    return [row[column] for column in NAMES_HEADER]


NAMES = [
    name_row("Quillet Lane", "Named Road", 428400, 264900, near="Warwick"),
    name_row("A429", "Numbered Road", 428400, 264900, near="Warwick"),
    name_row("CV34 6PH", "Postcode", 428400, 264900),
    name_row("Warwick", "Town", 428200, 265000),
    name_row("Snizzle End", "Hamlet", 430000, 262000),
    name_row("Alnwick Lane", "Named Road", 418700, 613000, near="Alnwick", borough="Northumberland"),
]


def write_names(path: Path, rows: list[list[str]] = NAMES) -> Path:
    with zipfile.ZipFile(path, "w") as held:
        held.writestr("Doc/OS_Open_Names_Header.csv", "\ufeff" + ",".join(NAMES_HEADER) + "\n")
        lines = []
        for row in rows:
            lines.append(",".join(f'"{cell}"' if "," in cell else cell for cell in row))
        held.writestr("Data/SP26.csv", "\n".join(lines) + "\n")
    return path
