"""What the suites of real editors play: one workspace, and what the user does in it.

What the embedded model says may change with its training, so a scene has what must hold whatever
it says; only the next edit, which the syntax tree alone decides, has its text.  `test_scenes.py`
plays each through the server without an editor: if one stops showing anything there, a new model
needs a new scene, and no editor is to blame.
"""

import json
import subprocess

from attrs import asdict, frozen

SHOP = '''"""A shop — ☕ and 🍰."""


class Basket:
    def __init__(self, owner, prices):
        self.owner = owner
        self.prices = prices

    def total(self, tax):
        result = 0
        for price in self.prices:
            result += price
        return result * (1 + tax)

    def largest(self):
        result = 0
        for price in self.prices:
            result = max(result, price)
        return ...

    def smallest(self):
        result = 0
        fo
            result = min(result, price)
        return result

    def receipt(self):
        result = "☕🍰".join()
'''
ORDERS = '''"""Orders — ☕ and 🍰."""


class Order:
    def __init__(self, customer, prices):
        self.customer = customer
        self.prices = prices

    def total(self, discount):
        result = 0
        for price in self.prices:
            result += price
        return result - discount
'''
FILES = {
    "shop.py": SHOP,
    "orders.py": ORDERS,
    "private.py": SHOP,  # ignored by the next
    ".gitignore": "private.py\n",
    "naïve ☕ folder/shop.py": SHOP,
}


@frozen
class Scene:
    """In `file` the user goes behind `after` and types `keys`, one by one."""

    file: str
    after: str
    keys: str


SMALLEST = "def smallest(self):\n        result = 0\n        fo"

GHOST = Scene("shop.py", SMALLEST, "r")
# with code behind the cursor: a column in the wrong unit is not put right by the end of the line
UNICODE = Scene("shop.py", 'result = "☕🍰".join(', "re")
EXCLUDED = Scene("private.py", SMALLEST, "r")
FAR_FOLDER = Scene("naïve ☕ folder/shop.py", SMALLEST, "r")
RENAME = Scene("orders.py", "def total(self, discount", "_rate")

RENAMED = ORDERS.replace("discount", "discount_rate")  # both, once the next edit is applied
HOLE = "..."  # of shop.py: "Fill this hole" is offered at it and changes that alone
FILL = "Fill this hole"


def typed(scene: Scene) -> tuple[str, int]:
    """The file's text once the keys are typed, and the cursor behind them, in code points."""
    return typed_in(FILES[scene.file], scene)


def typed_in(text: str, scene: Scene) -> tuple[str, int]:
    """The same of another text."""
    assert text.count(scene.after) == 1
    at = text.index(scene.after) + len(scene.after)
    return text[:at] + scene.keys + text[at:], at + len(scene.keys)


def write_workspace(folder) -> None:
    """Into a new `folder`: a repository, as editors ask git for its files."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    subprocess.run(["git", "init", "-q", folder], check=True)


def as_json() -> str:
    """For suites in other languages."""
    scenes = {
        "ghost": asdict(GHOST),
        "unicode": asdict(UNICODE),
        "excluded": asdict(EXCLUDED),
        "farFolder": asdict(FAR_FOLDER),
        "rename": asdict(RENAME),
    }
    return json.dumps(
        {"files": FILES, "scenes": scenes, "renamed": RENAMED, "hole": HOLE, "fill": FILL}
    )
