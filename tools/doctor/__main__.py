"""The command: `ei doctor`."""

from tools.doctor.command import main

if __name__ == "__main__":
    raise SystemExit(main())
