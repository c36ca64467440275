"""Citizens' text as it enters: one Unicode form, nothing a database or a terminal would choke on."""

import unicodedata


def normalise_text(text: str) -> str:
    """NFC, line ends as \\n, control characters gone, lone surrogates replaced. Words and emoji stay as they are."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
