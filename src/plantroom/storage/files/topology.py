"""How the assets of all sites hang together: unique ids, known references, no circles."""

from collections.abc import Iterator, Mapping, Sequence

from plantroom.domain.suggestion import suggest
from plantroom.storage.files.problems import Place, Problems
from plantroom.storage.files.site import ReadAsset, ReadSite, Reference

_SUGGESTIONS = 20
"""Looking for near names among many assets is slow; more mistakes than this go without."""


def check_topology(sites: Sequence[ReadSite], problems: Problems) -> None:
    """Note ids and names that are used twice, references to nothing, and circles."""
    _check_unique_sites(sites, problems)
    _check_unique_mappings(sites, problems)
    _check_sparkplug(sites, problems)
    owner = _check_unique_assets(sites, problems)
    for site in sites:
        known = {each.asset.id: each for each in site.assets}
        _check_references(site, known, owner, problems)
        for key in ("parent", "fed_by", "gateway"):
            _check_circles(known, key, problems)


def _check_unique_sites(sites: Sequence[ReadSite], problems: Problems) -> None:
    first: dict[str, Place] = {}
    for site in sites:
        if site.site.id in first:
            problems.add(site.place, f"site {site.site.id} is already declared at {first[site.site.id]}")
        first.setdefault(site.site.id, site.place)


def _check_unique_mappings(sites: Sequence[ReadSite], problems: Problems) -> None:
    first: dict[str, Place] = {}
    for site in sites:
        for mapping, place in zip(site.site.mappings, site.mapping_places, strict=True):
            if mapping.name in first:
                declared = first[mapping.name]
                problems.add(place, f"mapping {mapping.name} is already declared at {declared}: name it")
            first.setdefault(mapping.name, place)


def _check_sparkplug(sites: Sequence[ReadSite], problems: Problems) -> None:
    """Note what two sites say differently: an installation has one host application."""
    first: ReadSite | None = None
    owner: dict[tuple[str, str, str], str] = {}
    for site in sites:
        section = site.site.sparkplug
        if section is None:
            continue
        first = first or site
        shared = first.site.sparkplug
        if shared is not None and (section.host, section.reorder) != (shared.host, shared.reorder):
            problems.add(site.place, f"sparkplug: host and reorder must be those of site {first.site.id}")
        for each in section.devices:
            taken_by = owner.setdefault((each.group, each.node, each.device), site.site.id)
            if taken_by != site.site.id:
                named = "/".join(filter(None, (each.group, each.node, each.device)))
                problems.add(site.place, f"sparkplug: device {named} is already declared by site {taken_by}")


def _check_unique_assets(sites: Sequence[ReadSite], problems: Problems) -> Mapping[str, str]:
    """Return the site of each asset."""
    first: dict[str, Place] = {}
    owner: dict[str, str] = {}
    for site in sites:
        for each in site.assets:
            if each.asset.id in first:
                declared = first[each.asset.id]
                problems.add(each.place, f"asset {each.asset.id} is already declared at {declared}")
                continue
            first[each.asset.id] = each.place
            owner[each.asset.id] = site.site.id
    return owner


def _check_references(
    site: ReadSite, known: Mapping[str, ReadAsset], owner: Mapping[str, str], problems: Problems
) -> None:
    suggested = 0
    for reference in _references(site):
        if reference.asset in known:
            continue
        if reference.asset in owner:
            other = owner[reference.asset]
            message = f"{reference.key}: {reference.asset} is an asset of site {other}, not of this one"
        elif suggested < _SUGGESTIONS:
            message = f"{reference.key}: unknown asset {reference.asset!r}; {suggest(reference.asset, known)}"
            suggested += 1
        else:
            message = f"{reference.key}: unknown asset {reference.asset!r}"
        problems.add(reference.place, message)


def _references(site: ReadSite) -> Iterator[Reference]:
    for each in site.assets:
        yield from each.references


def _check_circles(known: Mapping[str, ReadAsset], key: str, problems: Problems) -> None:
    """Walk the references of one kind depth first, without recursion: chains may be as long as the site."""
    done: set[str] = set()
    for start in known:
        if start in done:
            continue
        path: dict[str, Iterator[Reference]] = {start: _steps(known, start, key)}
        while path:
            last = next(reversed(path))
            step = next(path[last], None)
            if step is None:
                done.add(last)
                del path[last]
            elif step.asset in path:
                names = list(path)
                circle = [*names[names.index(step.asset) :], step.asset]
                problems.add(step.place, f"{key}: expected no circle, got {' -> '.join(circle)}")
            elif step.asset in known and step.asset not in done:
                path[step.asset] = _steps(known, step.asset, key)


def _steps(known: Mapping[str, ReadAsset], asset: str, key: str) -> Iterator[Reference]:
    return (each for each in known[asset].references if each.key == key)
