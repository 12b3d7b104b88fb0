"""Writes ``build/``: a file for each resource with exactly the body that is sent, and a manifest.

The trap: a detection that is deleted leaves its artefact behind, and whoever takes the folder for
the truth deploys it. So what an earlier build wrote and this one does not is removed; that earlier
manifest alone says what may be, since the folder may hold other people's files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vedette.deploy.custom_detection import COLLECTION, KIND, CustomDetection
from vedette.deploy.resource import Resource, ResourceKind
from vedette.errors import UsageError
from vedette.model.shape import mapping

MANIFEST = "manifest.json"

#: The folder of each kind of resource.
FOLDERS = {
    ResourceKind.FUNCTION: "functions",
    ResourceKind.WATCHLIST: "watchlists",
    ResourceKind.RULE: "rules",
    ResourceKind.HUNTING: "hunting",
    ResourceKind.AUTOMATION: "automation",
    ResourceKind.CUSTOM_DETECTION: "defender",
}

#: The folder of the custom detections of Defender XDR, each named by its id.
DEFENDER_FOLDER = FOLDERS[ResourceKind.CUSTOM_DETECTION]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of the build: its path below the output folder, its text, and what it holds."""

    path: PurePosixPath
    text: str
    resource: Resource | CustomDetection

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        return KIND if isinstance(self.resource, CustomDetection) else self.resource.kind.value

    @property
    def collection(self) -> str:
        """The last part of the URL under which it is deployed; from Graph's root for Defender."""
        one = self.resource
        return COLLECTION if isinstance(one, CustomDetection) else one.kind.collection.value

    @property
    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Written:
    """What a build did to its folder; ``removed`` are files of an earlier build."""

    artefacts: tuple[Artefact, ...]
    removed: tuple[PurePosixPath, ...]


def artefacts_of(resources: Iterable[Resource | CustomDetection]) -> tuple[Artefact, ...]:
    """The files of a build, sorted by path; no two have one path: labels and ids are unique."""
    artefacts = (
        Artefact(_path_of(resource), _json(resource.body), resource)
        for resource in map(_as_sent, resources)
    )
    return tuple(sorted(artefacts, key=lambda artefact: artefact.path))


def _as_sent(resource: Resource | CustomDetection) -> Resource | CustomDetection:
    """A custom detection out of the form in which it is planned: Graph gets its properties."""
    if isinstance(resource, CustomDetection) or (
        resource.kind is not ResourceKind.CUSTOM_DETECTION
    ):
        return resource
    body = mapping(resource.body.get("properties"))
    return CustomDetection(resource.id, resource.name, resource.path, body)


def _path_of(resource: Resource | CustomDetection) -> PurePosixPath:
    if isinstance(resource, CustomDetection):
        return PurePosixPath(DEFENDER_FOLDER) / f"{resource.id}.json"
    return PurePosixPath(FOLDERS[resource.kind]) / f"{resource.label}.json"


def manifest_text(artefacts: Iterable[Artefact], version: str) -> str:
    """The manifest; it holds no time, so that the same sources give the same bytes."""
    return _json(
        {
            "tool": {"name": "vedette", "version": version},
            "resources": [
                {
                    "file": artefact.path.as_posix(),
                    "sha256": artefact.sha256,
                    "kind": artefact.kind,
                    "collection": artefact.collection,
                    "id": artefact.resource.id,
                    "name": artefact.resource.name,
                    "source": artefact.resource.path.as_posix(),
                }
                for artefact in artefacts
            ],
        }
    )


def write_build(
    folder: Path, resources: Iterable[Resource | CustomDetection], version: str
) -> Written:
    """Write the build into ``folder`` and remove what only an earlier build had written there.

    Raises:
        UsageError: the folder cannot be written, or an earlier manifest in it is not one.
    """
    artefacts = artefacts_of(resources)
    before = _listed(folder / MANIFEST)
    stale = sorted(before - {artefact.path for artefact in artefacts})
    removed = [path for path in stale if (folder / path).is_file()]
    try:
        for artefact in artefacts:
            _write(folder / artefact.path, artefact.text)
        for path in removed:
            (folder / path).unlink()
        # Last: until it is written, the earlier one still names every file that may be removed.
        _write(folder / MANIFEST, manifest_text(artefacts, version))
    except OSError as error:
        place = error.filename or folder
        raise UsageError(f"{place}: cannot be written: {error.strerror or error}") from error
    return Written(artefacts, tuple(removed))


def _listed(manifest: Path) -> set[PurePosixPath]:
    """The files that an earlier build says it wrote; only those in its own folders count."""
    try:
        text = manifest.read_text(encoding="utf-8")
    except FileNotFoundError:
        return set()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{manifest}: cannot be read: {error}") from error
    try:
        files = [str(resource["file"]) for resource in json.loads(text)["resources"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{manifest}: not a manifest of a build; move it away, or choose another --output"
        ) from error
    paths = map(PurePosixPath, files)
    return {path for path in paths if _is_ours(path)}


def _is_ours(path: PurePosixPath) -> bool:
    """True for ``folder/name.json``: a manifest that was tampered with removes nothing else."""
    folder, name = path.parent.as_posix(), path.name
    # To Windows a backslash or a colon in the name is a way out of the folder.
    return (
        folder in {*FOLDERS.values(), DEFENDER_FOLDER}
        and path.suffix == ".json"
        and not set(name) & set("\\:")
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
