"""`python -m scripts.wording`: what lacks a translation; with `update`, all files of languages anew."""

from __future__ import annotations

import sys

from scripts.wording import languages, rows, sentences


def main(given: list[str]) -> int:
    if given[:1] == ["update"]:
        return _update(tuple(given[1:]) or languages())
    said, wrong = sentences(), 0
    for language in languages():
        known = rows(language)
        for text, place in said.items():
            if text not in known:
                print(f"{language}: missing, from {place}: {text!r}")
                wrong += 1
        for text in known.keys() - said.keys():
            print(f"{language}: nobody says {text!r}")
            wrong += 1
    return 1 if wrong else 0


def _update(chosen: tuple[str, ...]) -> int:
    from scripts.wording import catalogues  # babel belongs to development alone

    for doubt in catalogues.update(chosen):
        print(doubt)
    return main([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
