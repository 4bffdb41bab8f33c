"""Runs a command, and ends it together with all it started when standard input closes.

    python guard.py COMMAND [ARGUMENT ...]

The command gets a session of its own, so a Ctrl-C in the terminal does not reach it. A caller that
starts the guard holds the other end of its standard input. However that process ends, even by
kill -9, the kernel closes the pipe, and the guard kills the command's process group: the
emulator and the Lambdas it runs, or Terraform and its providers. Nothing here is worth a
graceful end, as all their state is thrown away.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    try:
        child = subprocess.Popen(
            sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        print(f"cannot start {sys.argv[1]}: {error}", file=sys.stderr)
        return 127

    def end(*_) -> None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # All of them are gone already; macOS says it by a PermissionError.

    def end_at_eof() -> None:
        while os.read(0, 4096):
            pass
        end()

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    threading.Thread(target=end_at_eof, daemon=True).start()

    # The dead child keeps its process id, and with it the group's, until it is waited for, so
    # that what it left behind can be ended without hitting a stranger.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    end()
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
