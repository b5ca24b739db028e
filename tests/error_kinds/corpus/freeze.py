"""Choose what is kept of the generators' output: `python freeze.py OUTPUT... > tracebacks.jsonl`.

Of every label the first examples of every source and Python are kept, with variables those of one Python.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

FEW, ONE = 3, 1
FULL_PYTHON = "3.11"
LONGEST_TEXT = 12_000


def main() -> None:
    kept: Counter[tuple[str, ...]] = Counter()
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if len(row["text"]) > LONGEST_TEXT:
                    continue
                variables = "Traceback with variables" in row["text"]
                python = row["python"].rpartition(".")[0]
                group = (row["label"], row["source"], python, str(variables))
                kept[group] += 1
                full = python == FULL_PYTHON
                if kept[group] <= (FEW if full and not variables else ONE if full or not variables else 0):
                    sys.stdout.write(line)


if __name__ == "__main__":
    main()
