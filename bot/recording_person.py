"""What people do with their own place in the record: watches, codes, joined doors, consent, what is held."""

from datetime import timedelta

from bot.my_data import as_document, gather
from bot.recording_codes import send_status_code, text_code, use_code, warn_owner
from bot.recording_scene import Scene
from flows.events import (
    AlertsStarted,
    AlertsStopped,
    CodeMade,
    CodeUsed,
    ConsentWithdrawn,
    DataAsked,
    Event,
    JoinUndone,
    MembershipChanged,
    MembershipJoined,
    PhoneGiven,
    SolvedTold,
    StatusCodeAsked,
    TryFailed,
)
from flows.postcodes import read_postcode
from storage.states import Priority

DATA_CODE = timedelta(hours=24)
PAUSES = {"month": timedelta(days=30), "quarter": timedelta(days=91), "year": timedelta(days=365)}
NEWS = ("update", "check")  # kinds of push that STOP ALERTS ends


def record_of_person(scene: Scene, event: Event) -> None:
    """Keeps one of these events; any other leaves no row."""
    tx, kept, now = scene.tx, scene.kept, scene.now
    match event:
        case MembershipJoined():
            row = tx.memberships.join(
                kept.person_id,
                event.scheme,
                event.role,
                postcode=event.postcode,
                district=event.district,
                group_id=event.group_id,
                delivery=event.delivery,
                submission_id=scene.submission,
                now=now,
            )
            tx.audit.append("citizen", "membership.joined", row, {"scheme": event.scheme}, now)
            _tell_coordinator(scene, event.group_id)
        case MembershipChanged():
            _change_membership(scene, event)
        case AlertsStopped():
            tx.suppressions.add(kept.channel, kept.address, now, "alerts")
            tx.pushes.drop_waiting(kept.id, now, NEWS)
            tx.audit.append("citizen", "alerts.stopped", kept.id, {"channel": kept.channel}, now)
        case AlertsStarted():
            tx.suppressions.remove(kept.channel, kept.address, "alerts")
            tx.audit.append("citizen", "alerts.started", kept.id, {"channel": kept.channel}, now)
        case ConsentWithdrawn():
            _withdraw(scene, event)
        case CodeMade():
            expires = now + timedelta(minutes=event.minutes)
            tx.codes.make(
                event.kind,
                event.code,
                person_id=kept.person_id,
                subject=event.subject,
                expires_at=expires,
                now=now,
            )
        case CodeUsed():
            use_code(scene, event)
        case TryFailed():
            tx.tries.add(kept.id, event.kind, now)
            warn_owner(scene, event.code)
        case StatusCodeAsked():
            send_status_code(scene, event)
        case PhoneGiven():
            text_code(scene, event)
        case SolvedTold():
            _keep_solved(scene, event)
        case JoinUndone():
            tx.joining.undo(kept.person_id, now)
            tx.audit.append("citizen", "doors.parted", kept.id, {}, now)
        case DataAsked():
            _hand_over_data(scene, event)
        case _:
            pass


def _tell_coordinator(scene: Scene, group_id: str | None) -> None:
    """Staff pass on who joined: no member's name goes to a neighbour by itself."""
    if group_id is not None:
        scene.tx.notices.add("member_joined", scene.kept.id, {"group": group_id}, scene.now)


def _change_membership(scene: Scene, event: MembershipChanged) -> None:
    tx, person, now = scene.tx, scene.kept.person_id, scene.now
    match event.change:
        case "leave":
            tx.memberships.leave(event.id, person, now)
            _lay_down_coordination(scene, event.id)
        case "pause":
            tx.memberships.pause(event.id, person, now + PAUSES[event.values["until"]], now)
        case "carry_on":
            tx.memberships.change(event.id, person, now, status="active")
        case "confirm":
            tx.memberships.confirm(event.id, person, now)
        case "move":
            postcode = read_postcode(event.values["postcode"])
            district = event.values.get("district")
            group = _nearest_group(scene, event.id, postcode)
            tx.memberships.change(event.id, person, now, postcode=postcode, district=district, group_id=group)
        case "news":
            held = tx.memberships.find(event.id)
            wanted = {name: event.values[name] for name in ("news", "quiet") if event.values.get(name)}
            delivery = {**(held.delivery if held is not None else {}), **wanted}
            tx.memberships.change(event.id, person, now, delivery=delivery)
        case _:
            return  # handing over waits for the other's code
    tx.audit.append("citizen", f"membership.{event.change}", event.id, {}, now)


def _lay_down_coordination(scene: Scene, membership: str) -> None:
    held = scene.tx.memberships.find(membership)
    for group in scene.tx.local_groups.of_coordinator(scene.kept.person_id):
        if held is None or group.scheme == held.scheme:
            scene.tx.local_groups.set_coordinator(group.id, None)


def _nearest_group(scene: Scene, membership: str, postcode: str | None) -> str | None:
    """The group of the same scheme nearest to a new postcode, if any is near."""
    held = scene.tx.memberships.find(membership)
    place = scene.content.gazetteer.read(postcode or "")
    if held is None or place.latitude is None or place.longitude is None:
        return None
    found = scene.tx.local_groups.find_nearest(held.scheme, place.latitude, place.longitude)
    return found[0].id if found is not None else None


def _keep_solved(scene: Scene, event: SolvedTold) -> None:
    """Only of the person's own. A "no" is for staff to see."""
    tx, kept, now = scene.tx, scene.kept, scene.now
    sent = tx.submissions.find_by_reference(event.reference)
    if sent is None or sent.person_id != kept.person_id:
        return
    tx.submissions.set_solved(sent.id, solved=event.solved)
    tx.submission_events.add(sent.id, "solved", "citizen", {"solved": event.solved}, now)
    tx.audit.append("citizen", "submission.solved", sent.id, {"solved": event.solved}, now)
    if not event.solved:
        tx.notices.add("not_solved", kept.id, {"form": sent.form, "reference": sent.reference}, now)


def _withdraw(scene: Scene, event: ConsentWithdrawn) -> None:
    tx, kept, now = scene.tx, scene.kept, scene.now
    given = next((c for c in tx.consents.of_person(kept.person_id) if c.id == event.id), None)
    if given is None or not tx.consents.withdraw(event.id, now):
        return
    if given.submission_id is not None:
        tx.submissions.let_go_of_sender(given.submission_id, now)
        tx.submission_events.add(given.submission_id, "consent_withdrawn", "citizen", {}, now)
        for membership in tx.memberships.of_person(kept.person_id):
            if membership.submission_id == given.submission_id:
                tx.memberships.leave(membership.id, kept.person_id, now)
    elif given.wording == "watch-handover":
        for membership in tx.memberships.of_person(kept.person_id):
            if membership.submission_id is None:
                tx.memberships.leave(membership.id, kept.person_id, now)
                _lay_down_coordination(scene, membership.id)
    tx.audit.append("citizen", "consent.withdrawn", event.id, {"wording": given.wording}, now)


def _hand_over_data(scene: Scene, event: DataAsked) -> None:
    """A file where the door takes files; else a code for the page."""
    tx, kept, now = scene.tx, scene.kept, scene.now
    tx.audit.append("citizen", "data.asked", kept.id, {"channel": kept.channel}, now)
    channel = scene.channels.get(kept.channel)

    def make_page() -> str:
        return as_document(gather(tx, kept.person_id), scene.content, now)

    body = channel.render_file("my-data.html", make_page) if channel is not None else None
    if body is None:
        tx.codes.make(
            "data", event.code, person_id=kept.person_id, subject=None, expires_at=now + DATA_CODE, now=now
        )
        return
    tx.outbox.add(
        key=f"data-{kept.id}-{kept.version}",
        conversation_id=kept.id,
        conversation_key=kept.conversation_key,
        channel=kept.channel,
        address=kept.address,
        body=body,
        priority=Priority.ALERT,  # after the words that announce it
        on_unknown="resend",
        has_buttons=False,
        now=now,
        fleeting=True,
    )
