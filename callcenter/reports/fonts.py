"""The font of printed reports: IBM Plex Sans (SIL Open Font License), Cyrillic and Latin, figures of one width.

The files come from the npm package with the front end (`npm run build` copies them here), so a report looks the
same on every machine and needs no font of the system.
"""

from importlib.resources import files
from pathlib import Path

from callcenter.domain.errors import Misconfigured

FAMILY = "Plex"
FILES = {"": "IBMPlexSans_400Regular.ttf", "B": "IBMPlexSans_600SemiBold.ttf"}


def font_files(folder: Path | None = None) -> dict[str, Path]:
    """The font's files by style.

    Raises:
        Misconfigured: they are not there; most likely the front end was not built.
    """
    place = Path(str(files("callcenter.reports") / "fonts")) if folder is None else folder
    found = {style: place / name for style, name in FILES.items()}
    if missing := [path.name for path in found.values() if not path.is_file()]:
        raise Misconfigured(
            f"The font of printed reports is missing ({', '.join(missing)}): run `npm ci && npm run build` in "
            "callcenter/web/frontend; it copies the font into callcenter/reports/fonts"
        )
    return found
