# What VS Code is seen through, and a font to see it in.
debian chromium chromium
debian /usr/share/fonts/truetype/dejavu fonts-dejavu-core
