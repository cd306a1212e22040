# What VS Code is seen through, and fonts to see it in.
debian chromium chromium
debian /usr/share/fonts/truetype/dejavu fonts-dejavu-core
debian /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf fonts-noto-color-emoji
