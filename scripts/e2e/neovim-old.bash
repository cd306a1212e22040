# Neovim 0.7, Debian 12's: too old for the plugin, which has to say so.
fill() {
  local packages=(
    neovim neovim-runtime libluajit2-5.1-2 libmsgpackc2 libtermkey1 libtree-sitter0
    libunibilium4 libvterm0 lua-luv libuv1 lua-lpeg
  )
  debian patchelf patchelf
  (cd "$1" && apt-get download -qq -o APT::Sandbox::User= "${packages[@]}")
  for package in "$1"/*.deb; do
    dpkg-deb -x "$package" "$1"
  done
  rm "$1"/*.deb
  patchelf --force-rpath --set-rpath "$1/usr/lib/x86_64-linux-gnu" "$1/usr/bin/nvim"
}
# of other releases it is another one, or they have no such libraries: then it is left out
if [ "$(. /etc/os-release && echo "$VERSION_ID")" = 12 ]; then
  once neovim-old 0.7 fill
fi
