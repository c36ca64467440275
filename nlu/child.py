"""Starts Rasa inside a child process that ends with its parent. Runs in Rasa's environment, standard library only.

    python -m nlu.child run --enable-api ...

The parent holds the other end of standard input: its first line is the token the server asks for (so that
it stands in no process list), and its end, even by SIGKILL, ends this process.
"""

import os
import runpy
import sys
import threading


def main() -> None:
    """Take the token, watch the parent, become Rasa."""
    token = sys.stdin.readline().strip()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["rasa", *sys.argv[1:], *(["--auth-token", token] if token else [])]
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while sys.stdin.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
