"""Next edits from a real client through the real server and engine, the embedded model included."""

import pytest
import scenes
from real import Buffer, client_of

URI = "file:///orders.py"
SOURCE = f"""{scenes.ORDERS}
    def receipt(self):
        lines = [str(price) for price in self.pricse]
        return "\\n".join(lines)
"""


@pytest.fixture
async def buffer(box):
    async with client_of(box) as client:
        yield Buffer(client, URI, SOURCE)


async def next_edits(buffer):
    """Applied to the text one by one, as clients do; what was put in."""
    spans = await buffer.next_edits()
    text = buffer.text
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text, [new for *_, new in spans]


async def test_a_rename_and_a_slip(buffer):
    """The tree finds the first, and the model has to agree to the second."""
    after = SOURCE.index("discount):") + len("discount")
    buffer.insert(after, "_rate")
    text, found = await next_edits(buffer)
    assert found == ["discount_rate"]
    assert text == SOURCE.replace("discount", "discount_rate")

    buffer.insert(buffer.text.index("- discount\n") + len("- discount"), "_rate")
    buffer.insert(buffer.text.index("        lines ="), "        # one a line\n")
    text, found = await next_edits(buffer)
    assert found == ["prices"]
    assert text == buffer.text.replace("pricse", "prices")
