# Emacs 30 with eglot, and lsp-mode 10.
fill() {
  next_debian "$1" emacs-nox elpa-lsp-mode
  at_home "$1" usr/bin/emacs-nox
  drop_compiler "$1"
  emacs_launcher "$1" >"$1/emacs"
  chmod +x "$1/emacs"
}

# It brings gcc's tools along, to compile Lisp to machine code: tests do without.
drop_compiler() {
  local libraries=$1/usr/lib/x86_64-linux-gnu
  rm -rf "$1"/usr/lib/{gcc,linux} "$1"/usr/share/{doc,locale,man}
  rm -rf "$libraries"/{*.a,*.o,gconv,ldscripts,lib{asan,tsan,ubsan,lsan,hwasan,bfd,opcodes}*}
}

# It looks for its own files where it was built to be, unless it is told; and without the compiler
# it must not compile.
emacs_launcher() {
  local share=$1/usr/share/emacs own
  own=$(echo "$share"/[0-9]*)
  cat <<-END
	#!/bin/sh
	export EMACSLOADPATH="$own/lisp:$share/site-lisp" EMACSDATA="$own/etc" EMACSDOC="$own/etc"
	export EMACSPATH="$(dirname "$(find "$1/usr/libexec" -name hexl)")"
	exec "$1/usr/bin/emacs-nox" --dump-file="$(find "$1/usr/libexec" -name '*.pdmp')" \\
	  --eval '(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)' "\$@"
	END
}
once emacs 30+3 fill
