"""What a reporter may be told of where their case stands."""

from flows.content import Content


def stage_key(content: Content, form: str, state: str) -> str:
    """The key of the words for a state of a form's cases."""
    return content.find_machine(form).shown(state)
