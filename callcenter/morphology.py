"""Russian words to their dictionary forms (port `Morphology`): pymorphy3, offline, loaded at first use."""

from functools import lru_cache
from threading import Lock
from typing import Any

_NO_MEANING = frozenset({"PREP", "CONJ", "PRCL", "INTJ", "NPRO", "NUMR", "PRED"})
_PERSONS = frozenset({"Name", "Surn", "Patr"})
_REMEMBERED = 1 << 16


class RussianMorphology:
    """Port `Morphology`; one for the process, usable from any thread, answers are remembered."""

    def __init__(self) -> None:
        self._analyzer: Any = None
        self._loading = Lock()
        self.lemma = lru_cache(maxsize=_REMEMBERED)(self._lemma)

    def known(self, word: str) -> bool:
        """Whether the dictionary holds this very form."""
        return bool(self._loaded().word_is_known(word))

    def _lemma(self, word: str) -> str | None:
        """The dictionary form of a known word; None for service words and people's names."""
        best = self._loaded().parse(word)[0]
        if best.tag.POS in _NO_MEANING or any(person in best.tag for person in _PERSONS):
            return None
        return str(best.normal_form).replace("ё", "е")

    def _loaded(self) -> Any:
        with self._loading:
            if self._analyzer is None:
                import pymorphy3

                self._analyzer = pymorphy3.MorphAnalyzer()
        return self._analyzer
