"""Finding the mappings of a topic."""

from hypothesis import given
from hypothesis import strategies as st

from plantroom.domain.topic_pattern import TopicPattern
from plantroom.ingest.mapping.index import TopicIndex

levels = st.sampled_from(["a", "b", "+", "{asset}", "x{point}", ""])
patterns = st.lists(
    st.builds(
        lambda parts, rest: TopicPattern.parse("/".join(["dev", *parts, *(["#"] if rest else [])])),
        st.lists(levels, max_size=3, unique=True),
        st.booleans(),
    ),
    max_size=8,
)
topics = st.lists(st.sampled_from(["a", "b", "xa", "x", "+", "#", ""]), max_size=4).map(
    lambda parts: "/".join(["dev", *parts])
)


@given(patterns, topics)
def test_the_tree_finds_what_trying_all_finds_in_their_order(
    patterns: list[TopicPattern], topic: str
) -> None:
    index = TopicIndex([(pattern, number) for number, pattern in enumerate(patterns)])

    found = index.find(topic)

    tried = [(number, pattern.match(topic)) for number, pattern in enumerate(patterns)]
    assert found == [(number, captures) for number, captures in tried if captures is not None]
