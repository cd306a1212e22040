fill() {
  next_debian "$1" hx
  at_home "$1" usr/bin/hx
}
once helix 25 fill
