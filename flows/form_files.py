"""Reading the form files, with the schemes put into those that ask about them."""

from collections.abc import Sequence
from pathlib import Path

from flows.forms import Form
from flows.schemes import Scheme, put_schemes
from flows.yaml_lines import read_yaml


def load_form(path: Path, schemes: Sequence[Scheme] = ()) -> Form:
    """Raises pydantic.ValidationError or yaml.YAMLError; `frontdoor check` turns both into file and line."""
    return Form.model_validate(put_schemes(read_yaml(path), schemes))


def load_forms(folder: Path, schemes: Sequence[Scheme] = ()) -> dict[str, Form]:
    """Every form of a folder, by id."""
    forms = [load_form(path, schemes) for path in sorted(folder.glob("*.yml"))]
    return {form.id: form for form in forms}
