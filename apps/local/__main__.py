"""`python -m apps.local` runs the whole system on this machine; `tools/run-local.sh` calls it."""

from __future__ import annotations

import asyncio
import logging
import sys

from apps.local.arguments import parse_arguments
from apps.local.console import Console, ConsoleLog
from apps.local.plan import make_plan
from apps.local.processes.environment import refuse_foreign_variables
from apps.local.runner import run_local
from apps.runtime import logs
from apps.runtime.errors import ElasticError
from apps.runtime.service import ExitCode


def main() -> int:
    """Run until stopped; return the exit code."""
    run = parse_arguments(sys.argv[1:])
    console = Console(verbose=run.verbose)
    logs.configure("local", "INFO" if run.verbose else "WARNING")
    logging.getLogger().handlers[:] = [ConsoleLog(console)]
    try:
        refuse_foreign_variables()
        plan = make_plan(run, console.say)
    except ElasticError as error:
        console.say(f"Cannot run: {error}")
        return ExitCode.SETTINGS
    except KeyboardInterrupt:  # nothing was started yet; the next run continues a download
        return ExitCode.OK
    return asyncio.run(run_local(run, plan, console))


if __name__ == "__main__":
    sys.exit(main())
