# Debian's nginx, unpacked and not installed: no service starts by itself.
fill() {
  (cd "$1" && apt-get download -qq -o APT::Sandbox::User= nginx nginx-common)
  for package in "$1"/*.deb; do
    dpkg-deb -x "$package" "$1"
  done
  rm -rf "$1"/*.deb "$1"/usr/share
}
once nginx 1 fill
