"""The command: `ei jobs dead`."""

from tools.jobs.command import main

if __name__ == "__main__":
    raise SystemExit(main())
