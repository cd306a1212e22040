"""A little of every language that has a grammar."""

from text_oracle import PIECES

SOURCES = {
    "python": "class A:\n    '''é'''\n    def f(self, x):\r\n        return g(x, '😀')  # c\n",
    "javascript": "export class A {\n  f(x) { return `a${x}b` /* é */ }\n}\nconst g = (a) => {}\n",
    "typescript": "interface A { b: string }\nfunction f(x: number) { return 'é' }\n",
    "typescriptreact": "const a = <div b='c'>{d}</div>\n",
    "rust": "fn f<'a>(x: &'a str) -> u8 { let s = r#\"a\"#; g(1); /* é */ 1 }\n",
    "go": 'package m\nfunc f() { g(`a`, "é") }\n',
    "java": "class A {\n  void f() { g('é'); }\n}\n",
    "c": "int f(void) { return g('a'); }\n#ifdef A\nint b; // é\n#endif\n",
    "cpp": 'namespace n { class X { int f() { return g(R"(é)"); } }; }\n',
    "lua": "local s = [[a]] -- c\nfunction f(x) return g('é', 1) end\n",
    "shellscript": "f() {\n echo \"a $x $(b)\" 'c' # é\n}\ncat <<EOF\nhi\nEOF\n",
    "json": '{"a": [1, "é"]}\n',
    "html": '<!-- c --><div a="é">t<p>u</div><script>var x</script>\n',
    "css": '/* é */ a { b: "c" } @media x { d { e: f } }\n',
    "ruby": 'class A\n  def f(x)\n    g "a#{x}", :é\n  end\nend\ns = <<~X\n  hi\nX\n',
    "php": '<?php\nclass A { function f($x) { g("é $x"); } }\n$a = <<<X\nhi\nX;\n',
}
CODE = (*PIECES, *"){}[]:;,.'\"`#/*=<>\\", "    ", "\n    ", "def ", "if x:\n", "return", "//")
