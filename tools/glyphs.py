"""Write the table of glyph outlines that posters are set with.

    npm pack @fontsource/league-gothic @fontsource/dm-serif-display   (and unpack both)
    python tools/glyphs.py league-gothic/package dm-serif-display/package

A browser then needs no font, and a poster looks the same everywhere.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

TABLE = Path(__file__).parent.parent / "webui" / "posters" / "faces"
CAPITALS_ONLY = "league-gothic"  # is set in capitals


def main(packages: list[Path]) -> None:
    """One table and one licence for each font package."""
    TABLE.mkdir(exist_ok=True)
    for package in packages:
        name = json.loads((package / "package.json").read_text())["name"].rpartition("/")[2]
        table = face(package, capitals=name == CAPITALS_ONLY)
        content = json.dumps(table, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        (TABLE / f"{name}.json").write_text(content.replace('],"', '],\n"') + "\n")
        (TABLE / f"{name}.LICENSE.txt").write_text((package / "LICENSE").read_text())


def face(package: Path, *, capitals: bool) -> dict[str, Any]:
    """Units, height of capitals, and for each character its advance and outline (y downwards)."""
    found: dict[str, tuple[int, str]] = {}
    units, cap = 0, 0
    for file in sorted((package / "files").glob("*-400-normal.woff")):
        font = TTFont(file)
        units = font["head"].unitsPerEm
        glyphs, outlines = font.getBestCmap(), font.getGlyphSet()
        cap = cap or (font["OS/2"].sCapHeight if ord("H") in glyphs else 0)
        for code, glyph in glyphs.items():
            character = chr(code)
            if code < 32 or (capitals and character.upper() != character):
                continue
            found[character] = (round(outlines[glyph].width), outline(outlines, glyph))
    return {"units": units, "cap": cap, "glyphs": dict(sorted(found.items()))}


def outline(outlines: Any, glyph: str) -> str:
    """SVG path in font units, upside down as SVG counts."""
    pen = SVGPathPen(outlines, ntos=lambda value: str(round(value)))
    outlines[glyph].draw(TransformPen(pen, (1, 0, 0, -1, 0, 0)))
    return str(pen.getCommands())


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
