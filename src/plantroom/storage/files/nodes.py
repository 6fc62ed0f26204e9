"""What a YAML node is."""

from typing import Final, TypeGuard

import yaml

from plantroom.storage.files.problems import Place

_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_TAG: Final = "tag:yaml.org,2002:"
_TAGS: Final = {_TAG + "str", _TAG + "map", _TAG + "seq"}


def place_of(node: yaml.Node, file: str) -> Place:
    """Return where `node` begins."""
    return Place(file, node.start_mark.line + 1)


def kind_of(node: yaml.Node) -> str:
    """Return what `node` is, for messages."""
    if node.tag not in _TAGS:
        return f"the YAML tag {node.tag.removeprefix(_TAG)}"
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "nothing" if is_null(node) else repr(node.value)


def scalar(node: yaml.Node) -> str | None:
    """Return the text of a scalar as it is written, None for null and for what is no scalar."""
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _TAGS or is_null(node):
        return None
    return str(node.value)


def is_null(node: yaml.Node) -> bool:
    """Return whether nothing is written."""
    return isinstance(node, yaml.ScalarNode) and node.style in (None, "") and node.value in _NULLS


def is_mapping(node: yaml.Node) -> TypeGuard[yaml.MappingNode]:
    """Return whether it is a mapping without a tag of its own."""
    return isinstance(node, yaml.MappingNode) and node.tag in _TAGS


def is_list(node: yaml.Node) -> TypeGuard[yaml.SequenceNode]:
    """Return whether it is a list without a tag of its own."""
    return isinstance(node, yaml.SequenceNode) and node.tag in _TAGS


def empty_mapping(node: yaml.Node) -> yaml.MappingNode:
    """Return a mapping of nothing in the place of `node`."""
    return yaml.MappingNode(tag=_TAG + "map", value=[], start_mark=node.start_mark)


def list_of(node: yaml.Node) -> yaml.SequenceNode:
    """Return the list of `node` alone, in its place."""
    return yaml.SequenceNode(tag=_TAG + "seq", value=[node], start_mark=node.start_mark)


def mapping_of(key: str, value: yaml.Node) -> yaml.MappingNode:
    """Return the mapping of one key to `value`, in the place of `value`."""
    mark = value.start_mark
    name = yaml.ScalarNode(tag=_TAG + "str", value=key, start_mark=mark)
    return yaml.MappingNode(tag=_TAG + "map", value=[(name, value)], start_mark=mark)
