"""How long grouping a month of texts takes on one core, how much memory it wants, and how well it agrees.

    python -m tests.bench.bench_questions [texts]

The texts are made by `tests.support_texts` (seeded, word forms, typing errors); the bound is 60 s for 50,000.
"""

from __future__ import annotations

import resource
import sys
import time

from callcenter.domain.question_groups import group_texts
from callcenter.domain.question_words import Reader, terms_in_order
from callcenter.domain.questions import find_questions
from callcenter.morphology import RussianMorphology
from tests.support_texts import agreement, generated

BOUND = 60.0
TEXTS = 50_000


def megabytes() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the seconds of each part and of the whole."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else TEXTS
    labelled = list(generated(count, seed=1))
    texts = [each.request for each in labelled]
    before = megabytes()
    start = time.process_time()
    read = Reader(RussianMorphology()).read(texts)
    words = time.process_time() - start
    start = time.process_time()
    group_texts([terms_in_order(each) for each in read])
    groups = time.process_time() - start
    del read
    start = time.process_time()
    found = find_questions(texts, RussianMorphology())
    whole = time.process_time() - start
    of = {index: number for number, each in enumerate(found.questions) for index in each.members}
    asked = [index for index, each in enumerate(labelled) if each.label]
    agrees = agreement(
        [of.get(index, -1 - index) for index in asked], [labelled[index].label for index in asked]
    )
    print(f"{count:,} texts: words {words:.1f} s, groups {groups:.1f} s")
    print(f"whole, names and reasons included: {whole:.1f} s of one core (bound {BOUND:.0f} s for {TEXTS:,})")
    print(f"memory: {before:.0f} MB with the texts alone, {megabytes():.0f} MB at the most")
    print(f"{len(found.questions)} questions, adjusted Rand index {agrees:.3f}")


if __name__ == "__main__":
    main()
