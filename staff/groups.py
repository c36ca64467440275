"""The groups of each watch scheme, so that whoever joins is told what there is near them."""

from datetime import datetime

from flows.content import Content
from flows.place import Place
from flows.places import find_coordinates
from flows.postcodes import get_outward, read_postcode
from staff.act import check_name
from staff.errors import StaffError
from storage.database import Database, Transaction
from storage.local_groups import LocalGroup


class Groups:
    def __init__(self, database: Database, content: Content) -> None:
        self._database = database
        self._content = content

    def add(self, scheme: str, name: str, where: str, *, actor: str, now: datetime) -> LocalGroup:
        """`where` is a postcode, or latitude and longitude ("52.2819,-1.5849"). Raises StaffError."""
        who = check_name(actor, "Who acts")
        self._check_scheme(scheme)
        title = check_name(name, "The group")
        place = self._read(where)
        # Checked by _read; a postcode's point is the middle of its first half.
        latitude, longitude = float(place.latitude or 0), float(place.longitude or 0)

        def keep(tx: Transaction) -> LocalGroup:
            if any(g.name.casefold() == title.casefold() for g in tx.local_groups.list(scheme)):
                raise StaffError(
                    f"There is a group {title} in this scheme already. Remove it first to move it."
                )
            outward = get_outward(place.postcode) if place.postcode else None
            id = tx.local_groups.add(
                scheme, title, latitude, longitude, now, district=place.district, outward=outward
            )
            tx.audit.append(who, "group.add", id, {"scheme": scheme}, now)
            return LocalGroup(
                id,
                scheme,
                title,
                place.district,
                latitude,
                longitude,
                outward,
                coordinator_id=None,
                created_at=now,
            )

        return self._database.run_blocking(keep)

    def list(self, scheme: str | None = None) -> tuple[LocalGroup, ...]:
        """By name. Raises StaffError for a scheme there is not."""
        if scheme is not None:
            self._check_scheme(scheme)
        with self._database.reading() as tx:
            return tuple(tx.local_groups.list(scheme))

    def remove(self, group_id: str, *, actor: str, now: datetime) -> None:
        """Its members stay members of the scheme. Raises StaffError."""
        who = check_name(actor, "Who acts")

        def take(tx: Transaction) -> None:
            group = tx.local_groups.find(group_id)
            if group is None:
                raise StaffError(f"There is no group {group_id}. The list of groups shows their ids.")
            tx.local_groups.remove(group_id)
            tx.audit.append(who, "group.remove", group_id, {"scheme": group.scheme}, now)

        self._database.run_blocking(take)

    def _check_scheme(self, scheme: str) -> None:
        there_are = [s.id for s in self._content.schemes]
        if scheme not in there_are:
            raise StaffError(f"There is no scheme {scheme}. There are: {', '.join(there_are)}.")

    def _read(self, where: str) -> Place:
        if read_postcode(where) is None and find_coordinates(where) is None:
            raise StaffError(
                f"{where!r} is no postcode and no point. Give a postcode (CV34 4AB), or latitude and longitude "
                "as a map shows them (52.2819,-1.5849)."
            )
        place = self._content.gazetteer.read(where)
        if place.outside or place.latitude is None or place.longitude is None:
            raise StaffError(
                f"{where} lies outside the county as far as is known. If it does not, give latitude and longitude."
            )
        return place
