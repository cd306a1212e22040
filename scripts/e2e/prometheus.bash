# Debian's Prometheus with promtool, unpacked and not installed: no service starts by itself.
fill() {
  (cd "$1" && apt-get download -qq -o APT::Sandbox::User= prometheus)
  dpkg-deb -x "$1"/*.deb "$1"
  rm -rf "$1"/*.deb "$1"/usr/share
}
once prometheus 2 fill
