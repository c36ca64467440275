"""What a deployment's own settings make of the words residents are told."""

from bot.deployment import load_deployment_content
from bot.settings import ROOT, load_settings
from flows.content import KeptDays


def test_residents_are_told_the_days_that_are_set(tmp_path):
    settings = load_settings({"FRONTDOOR_DATA": str(tmp_path)}, ROOT)
    days = {"messages_days": 33, "personal_after_closed_days": 44, "personal_at_most_days": 555}
    retention = settings.config.retention.model_copy(update=days)
    config = settings.config.model_copy(update={"retention": retention})
    assert load_deployment_content(settings.model_copy(update={"config": config})).kept == KeptDays(**days)
