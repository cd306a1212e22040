# Neovim 0.12, which has inline completion of its own.
fill() {
  next_debian "$1" neovim
  at_home "$1" usr/bin/nvim
}
once neovim 0.12 fill
