"""The embedded platform: `python -m replica`."""

from __future__ import annotations

import argparse
import sys

from replica import catalog, settings, supervisor
from replica.traps import traps


def main(arguments: list[str] | None = None) -> int:
    """Run the replica, or with `switch` change the faults of one that runs; the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        return _switch(given[1:]) if given[:1] == ["switch"] else _run(given)
    except (catalog.CatalogError, supervisor.NotStarted) as error:
        print(f"replica: {error}", file=sys.stderr)
        return 2


def _run(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m replica",
        description="Start a small copy of the platform on free loopback ports; it runs until it is stopped.",
        epilog="python -m replica switch --state DIR [NAME...] turns on exactly these faults and traps while it runs.",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready; stop at end of input")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="break this, or lay this trap; repeatable"
    )
    parser.add_argument("--list-faults", action="store_true", help="print name, rows and effect of each fault")
    parser.add_argument("--list-traps", action="store_true", help="print what is odd and no fault, and can be laid too")
    parser.add_argument("--rate-limit", type=int, default=6000, metavar="N", help="requests a minute for each tenant")
    parser.add_argument(
        "--tenants", type=_tenants, default=len(settings.BRANDS), metavar="N", help="so many tenants, 2 at least"
    )
    parser.add_argument("--state", default="", metavar="DIR", help="new or empty folder to use, removed at the end")
    asked = parser.parse_args(given)
    if asked.list_faults:
        print("\n".join(fault.line for fault in catalog.faults().values()))
        return 0
    if asked.list_traps:
        print("\n".join(trap.line for trap in traps().values()))
        return 0
    catalog.check(asked.fault)
    return supervisor.run(asked.json, asked.state, asked.fault, asked.rate_limit, asked.tenants)


def _tenants(text: str) -> int:
    if not text.isdigit() or int(text) < len(settings.BRANDS):
        raise argparse.ArgumentTypeError(f"a number of at least {len(settings.BRANDS)}, got '{text}'")
    return int(text)


def _switch(given: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m replica switch", description="Turn on exactly these faults and traps."
    )
    parser.add_argument("--state", required=True, metavar="DIR", help="the state folder that the ready line names")
    parser.add_argument("faults", nargs="*", metavar="NAME")
    asked = parser.parse_args(given)
    catalog.check(asked.faults)
    supervisor.switch_faults(asked.state, asked.faults)
    return 0


if __name__ == "__main__":
    sys.exit(main())
