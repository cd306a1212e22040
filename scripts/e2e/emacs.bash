# Emacs 30 with eglot, and lsp-mode 10.
fill() {
  next_debian "$1" emacs-nox elpa-lsp-mode
  at_home "$1" usr/bin/emacs-nox
}
once emacs 30 fill
