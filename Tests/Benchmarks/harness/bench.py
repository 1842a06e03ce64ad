"""`make bench`: measures, and prints the table. QUICK=1 is short, ONLY=relay,short takes some rows."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, fields

import rows
import servers


def table(lines):
    cells = [[field.name for field in fields(rows.Row)]] + [list(asdict(line).values()) for line in lines]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    out = []
    for index, line in enumerate(cells):
        out.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if index == 0:
            out.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(out)


def main():
    quick = os.environ.get("QUICK", "") not in ("", "0")
    only = [name for name in os.environ.get("ONLY", "").split(",") if name]
    if unknown := set(only) - set(rows.ALL):
        sys.exit(f"ONLY={','.join(unknown)}: rows are {', '.join(rows.ALL)}")
    begun = time.monotonic()
    servers.build_load()
    bench = rows.Bench(quick)
    print(f"{servers.binary()}\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; CPU figures are the server's own, "
          "medians of alternating rounds", flush=True)
    lines = []
    for name in only or rows.ALL:
        try:
            for row in getattr(bench, name)():
                lines.append(row)
                print(f"[{time.monotonic() - begun:4.0f} s] {row.measured}: {row.ours}"
                      + (f", peer {row.peer} {row.ratio}" if row.peer else "") + (f" [{row.met}]" if row.met else ""), flush=True)
        except (RuntimeError, subprocess.SubprocessError) as error:
            lines.append(rows.Row(f"{name}: FAILED: {error}", "", met="NO"))
            print(f"{name}: FAILED: {error}", flush=True)
    print("\n" + table(lines))
    (servers.WORK / "results.json").write_text(json.dumps([asdict(line) for line in lines], indent=1, ensure_ascii=False))


main()
