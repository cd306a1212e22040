"""Text as people write it, thousands of lines long."""

import sysconfig
from functools import cache
from pathlib import Path

from sources import SOURCES

_STDLIB = Path(sysconfig.get_path("stdlib"))
_C = """#ifdef A{n}
static int g{n}(int a);
#endif

/* é */
int f{n}(int a)
{{
  if (a) {{
    return g(a, 'x');
  }}
  return 0;
}}

"""
_JAVASCRIPT = """// é
export class A{n} {{
  f(x) {{
    return `a${{x}}`;
  }}

  g() {{
    h({{
      a: 1,
    }});
  }}
}}

const b{n} = (x) => {{
  g('x');
}};

"""
_UNITS = {"c": _C, "javascript": _JAVASCRIPT}


@cache
def long_sources(language_id: str) -> tuple[str, ...]:
    """Without syntax errors; Python's own files, and for the others what looks like one."""
    if language_id == "python":
        names = ("argparse.py", "inspect.py", "typing.py", "difflib.py", "tarfile.py")
        return tuple((_STDLIB / name).read_text(encoding="utf-8") for name in names)
    unit = _UNITS[language_id]
    return ("".join(unit.format(n=n) for n in range(100)), SOURCES[language_id] * 400)
