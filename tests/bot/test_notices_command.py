"""`frontdoor notices`: what the service has told staff, without anybody's words."""

from datetime import timedelta

from desk import Line, audit, now, open_desk, run, run_json


def test_the_newest_come_first_and_who_looked_is_in_the_audit(tmp_path, monkeypatch):
    desk = open_desk(tmp_path, monkeypatch)
    with desk.transaction() as tx:
        tx.notices.add("danger", None, {"kind": "emergency", "by": "rules"}, now() - timedelta(hours=1))
        tx.notices.add("network_flood", None, {"what": "chats"}, now())
        tx.commit()
    code, printed = run("notices", "--as", "ada")
    assert code == 0, printed
    assert printed.index("network flood") < printed.index("kind emergency, by rules")
    assert "2 notice(s)." in printed
    assert audit(desk) == [Line("ada", "notices.list", "notices")]
    assert [each["kind"] for each in run_json("notices", "--limit", "1")] == ["network_flood"]
