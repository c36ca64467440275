"""What members of staff do: the same operations for the `frontdoor` command and the console."""
