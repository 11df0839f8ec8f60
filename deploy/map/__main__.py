"""Draws the map of the page from Natural Earth: `make map`. Needs Node, which nothing else does."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.map.codes import code_of
from deploy.map.drawing import WIDTH, Piece, frame_of, shape_of
from deploy.map.projection import projected

_MAP: Final = Path(__file__).parents[2] / "sinks" / "counters" / "page" / "world.svg"
_SOURCE: Final = "Natural Earth (public domain), by world-atlas 2.0.2; Equal Earth projection; drawn by `make map`."
_LEFT_OUT: Final = "AQ"
"""Antarctica would take a sixth of the map; its letters stand in the table."""
_UNDRAWN: Final = ("BV",)
"""Where nobody lives and that would make the map higher."""


def main() -> None:
    """Write the map."""
    modules = Path(sys.argv[1])
    by_country: dict[str | None, list[Piece]] = defaultdict(list)
    for piece in _pieces(modules, "50m", "20%"):
        by_country[piece.country].append(piece)
    drawn = set(by_country)
    for piece in _pieces(modules, "10m", "10%"):  # for the islands that the coarser one leaves out
        if piece.country not in drawn:
            by_country[piece.country].append(piece)
    for country in (_LEFT_OUT, *_UNDRAWN):
        by_country.pop(country, None)
    frame = frame_of(piece for pieces in by_country.values() for piece in pieces)
    nobodys = by_country.pop(None)
    shapes = [f'{shape_of(frame, pieces)} id="{country}"/>' for country, pieces in sorted(by_country.items(), key=str)]
    dots_last = sorted(shapes, key=lambda shape: shape.startswith("<circle"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {frame.height}">\n<!-- {_SOURCE} -->\n'
    _MAP.write_text(head + "\n".join([f'{shape_of(frame, nobodys)} id="none"/>', *dots_last]) + "\n</svg>\n")
    sys.stdout.write(f"{_MAP.name}: {len(shapes)} countries, {_MAP.stat().st_size} bytes\n")


def _pieces(modules: Path, detail: str, simplified_to: str) -> Iterator[Piece]:
    pieces = modules.parent / f"pieces-{detail}.json"  # mapshaper ends before a pipe has taken all
    steps = [
        *("-drop", "target=land", "-target", "countries", "-explode"),
        *("-each", "longitude = this.centroidX, latitude = this.centroidY"),
        *("-simplify", simplified_to, "keep-shapes"),
        *("-o", str(pieces), "force", "format=geojson", "id-field=FID"),
    ]
    atlas = modules / "world-atlas" / f"countries-{detail}.json"
    command = [str(modules / ".bin" / "mapshaper"), str(atlas), *steps, "-quiet"]
    subprocess.run(command, check=True)  # noqa: S603 (a tool that `make map` has installed)
    for feature in json.loads(pieces.read_bytes())["features"]:
        said, geometry = feature["properties"], feature["geometry"]
        country = code_of(feature.get("id"), said["longitude"], said["latitude"])
        if geometry is None:
            continue  # a rock that the simpler outline has lost
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for rings in polygons:
            yield Piece(country, [projected(ring) for ring in rings])


if __name__ == "__main__":
    main()
