"""In-memory `SearchIndex`: looks at every ticket."""

from collections.abc import Collection, Mapping, Sequence

from tests.fakes.memory import Memory

LONGEST = 64
SHORTEST_PREFIX = 3


class FakeSearchIndex:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def put(self, ticket_id: int, words: Collection[str]) -> None:
        self._memory.words[ticket_id] = frozenset(word[:LONGEST] for word in words)

    async def find(self, alternatives: Sequence[str], *, before: int | None, limit: int) -> Sequence[int]:
        found = [
            ticket_id
            for ticket_id, words in self._memory.words.items()
            if alternatives
            and (before is None or ticket_id < before)
            and all(any(_stands_for(prefix, word) for word in words) for prefix in alternatives)
        ]
        return sorted(found, reverse=True)[:limit]

    async def sharing(self, words: Collection[str], *, limit: int) -> Mapping[int, int]:
        asked = {word[:LONGEST] for word in words}
        counted = [(len(asked & mine), ticket_id) for ticket_id, mine in self._memory.words.items()]
        best = sorted((pair for pair in counted if pair[0]), reverse=True)
        return {ticket_id: count for count, ticket_id in best[:limit]}


def _stands_for(prefix: str, word: str) -> bool:
    return word.startswith(prefix[:LONGEST]) if len(prefix) >= SHORTEST_PREFIX else word == prefix
