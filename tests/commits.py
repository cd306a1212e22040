"""A small git repository, made for a test."""

import os
import subprocess

TOTAL = """def total(prices, tax):
    result = 0
    for price in prices:
        result += price
    return result * (1 + tax)
"""
BASKET = '''

class Basket:
    """A shop: ☕ and 🍰."""

    def __init__(self, owner):
        self.owner = owner
        self.prices = []

    def add(self, price):
        if price < 0:
            raise ValueError(f"{price} is no price")
        self.prices.append(price)
'''
SCRIPT = "function total(prices) {\n  return prices.length;\n}\n"
COMMITS = (
    {"shop.py": TOTAL, "notes.txt": "nothing to type\n"},
    {"shop.py": TOTAL + BASKET, "web/shop.js": SCRIPT},
    {
        "shop.py": TOTAL.replace("tax", "rate") + BASKET.replace("price < 0", "not price"),
        "web/shop.js": SCRIPT.replace("prices.length", "prices.reduce((a, b) => a + b, 0)"),
    },
)


def git(folder, *arguments):
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost", "-c", "commit.gpgsign=false")
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", str(folder), *who, *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **nowhere})


def repository_of(folder, commits=COMMITS):
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q")
    for number, files in enumerate(commits):
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", str(number))
    return folder
